import type { AdapterWorld } from './adapter-world.ts';

/** Asks for the tariff with what Flatpeak was given for this token, remembering no earlier answer. */
export function pollerOf(adapter: AdapterWorld, token: string): () => Promise<Response> {
  const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
  const { access_token, tariff_url } = (body as unknown as { auth_data: Record<string, string> }).auth_data;
  return () => fetch(tariff_url!, { headers: { authorization: `Bearer ${access_token}` } });
}
