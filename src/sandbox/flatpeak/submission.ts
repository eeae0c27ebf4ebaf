import { z } from 'zod';

/**
 * What the adapter may send, read as strictly as a contract can be: an unknown key is refused, so that an internal
 * identifier can never slip out unnoticed. Flatpeak publishes the members' names; their insides are this project's
 * assumption, to be confirmed at onboarding.
 */
const time = z.iso.datetime({ offset: true });
const opaque = z.string().min(16).max(8192);

const bearerData = z.strictObject({
  type: z.literal('bearer'),
  access_token: opaque,
  expires_at: time,
  tariff_url: z.url(),
  grant_id: z.string().min(8).max(128),
});

const oauthData = z.strictObject({
  type: z.literal('oauth2'),
  access_token: opaque,
  refresh_token: opaque.optional(),
  expires_at: time,
  scope: z.string(),
  token_endpoint: z.url(),
  tariff_url: z.url(),
  grant_id: z.string().min(8).max(128),
});

const postalAddress = z
  .strictObject({
    address_line1: z.string().min(1).optional(),
    address_line2: z.string().min(1).optional(),
    city: z.string().min(1).optional(),
    state: z.string().min(1).optional(),
    post_code: z.string().min(1).optional(),
    country_code: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters of ISO 3166-1')
      .optional(),
  })
  .refine((address) => Object.keys(address).length > 0, 'must not be empty');

const contractTerm = z
  .strictObject({ start_date: time.optional(), end_date: time.optional() })
  .refine((term) => Object.keys(term).length > 0, 'must not be empty');

const connectToken = z.string();

const declined = z.strictObject({
  connect_token: connectToken,
  action: z.enum(['DISMISS_LOGIN', 'DISMISS_CONSENT', 'ERROR']),
});

const allowed = z.strictObject({
  connect_token: connectToken,
  auth_data: z.discriminatedUnion('type', [bearerData, oauthData]),
  postal_address: postalAddress.optional(),
  contract_term: contractTerm.optional(),
});

/** `consentAction`: the value `action` must have beside `auth_data`, where an installation expects one. */
export function submissionSchema(consentAction: string | undefined) {
  return z.union([
    consentAction === undefined ? allowed : allowed.extend({ action: z.literal(consentAction) }),
    declined,
  ]);
}

export type AuthData = z.infer<typeof bearerData> | z.infer<typeof oauthData>;
export type AllowedSubmission = z.infer<typeof allowed> & { action?: string };
export type DeclinedSubmission = z.infer<typeof declined>;
export type Submission = AllowedSubmission | DeclinedSubmission;

/** The first problem with its path, for the error message. */
export function explain(error: z.ZodError): string {
  const flat = error.issues.flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]));
  const deepest = flat.toSorted((left, right) => right.path.length - left.path.length)[0];
  return deepest ? `${deepest.path.join('.') || 'body'}: ${deepest.message}` : 'body: invalid';
}
