import { z } from 'zod';

/**
 * Flatpeak's answer to "who is asking?". The guide documents that `account` links to a logo, terms, support and
 * privacy policy, but not the key names inside it; so other spellings are read, missing ones tolerated and unknown
 * ones ignored. Every text is a stranger's: cut to a length and freed of characters that disguise what they say.
 */
export interface SessionContext {
  account: {
    /** Null when Flatpeak does not name one; then the display name stands for the recipient. */
    id: string | null;
    name: string | null;
    logoUrl: string | null;
    termsUrl: string | null;
    privacyUrl: string | null;
    supportUrl: string | null;
  };
  /** Where the customer's browser goes when done, as given; not yet trusted. */
  returnUri: string | null;
}

export type FlatpeakProfile = 'session' | 'account-info';

// Control, zero-width, blank and direction-changing characters: "Exam\u202eple" must not read as another name.
const DISGUISE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** More marks than any script sets on one letter: they would be painted over the lines around the name. */
const PILE_OF_MARKS = /(\p{M}{4})\p{M}+/gu;

const undisguised = (value: string): string => value.replace(DISGUISE, '').replace(PILE_OF_MARKS, '$1');

const text = (most: number) =>
  z
    .string()
    // Twice: cutting may leave half a character behind.
    .transform((value) => undisguised(value).trim().slice(0, most).replace(DISGUISE, '') || null)
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);

/** A link is offered only when it is https, or http on this machine; anything else counts as missing. */
const link = z
  .string()
  .max(2000)
  .nullish()
  .catch(null)
  .transform((value) => {
    const url = value ? URL.parse(value) : null;
    if (!url || url.username || url.password) return null;
    const local = url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname);
    return url.protocol === 'https:' || local ? url.href : null;
  });

const account = z
  .object({
    id: text(100),
    display_name: text(80),
    name: text(80),
    logo_url: link,
    terms_url: link,
    terms_of_service_url: link,
    privacy_url: link,
    privacy_policy_url: link,
    policy_url: link,
    support_url: link,
  })
  .transform((given) => ({
    id: given.id,
    name: given.display_name ?? given.name,
    logoUrl: given.logo_url,
    termsUrl: given.terms_url ?? given.terms_of_service_url,
    privacyUrl: given.privacy_url ?? given.privacy_policy_url ?? given.policy_url,
    supportUrl: given.support_url,
  }));

const address = z.string().min(1).max(4000);

/** In the `session` profile `connect_web_uri` is documented as always there. */
const session = z
  .object({ account, connect_web_uri: address })
  .transform((given): SessionContext => ({ account: given.account, returnUri: given.connect_web_uri }));

/** In the `account-info` profile `redirect_uri` may stand here or in the request; `credentials` are not used. */
const accountInfo = z
  .object({ account, redirect_uri: address.nullish() })
  .transform((given): SessionContext => ({ account: given.account, returnUri: given.redirect_uri ?? null }));

export const contextSchemas: Record<FlatpeakProfile, z.ZodType<SessionContext>> = {
  session,
  'account-info': accountInfo,
};
