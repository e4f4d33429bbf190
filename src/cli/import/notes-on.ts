import type { ApiKey } from '../../key-store/api-key.entity.js';

/** What the operator should know about keys whose beginning means something here. */
export function notesOn(keys: readonly ApiKey[], heads: readonly string[]): string[] {
  const ours = keys.filter(({ prefix }) => heads.some((head) => prefix.startsWith(head))).length;
  const toolLike = keys.filter(({ prefix }) => prefix.startsWith('tk_')).length;
  return [
    ...(ours === 0
      ? []
      : [
          `${ours} begin with ${heads.join(' or ')} and work only if Gatehouse made them, for it checks their last six ` +
            'characters; with another KEY_PREFIX it does not.',
        ]),
    ...(toolLike === 0
      ? []
      : [`${toolLike} begin with tk_, as tool keys do: they work in X-API-Key, but not as Bearer.`]),
  ];
}
