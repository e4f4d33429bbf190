/** How the figures of tool keys were measured, for docs/benchmarks.md. */
export const howToolKeys = `- **tool key at depth 5**: a tool key issued by a tool key, and so on, five deep, and a personal key in turn, nine rounds of 1 s; the worse of
  its median shares of throughput and processor time.
- **issuing**: POST \`/api/v1/tool-keys\` with a user's JWT over 50 connections, one task per key; median of three rounds of 2 s.
- **ending a tree**: DELETE of the root of 10,000 keys, five deep, all just verified, until its answer. The bench fails unless every 97th
  key is then rejected at once. Median of three trees.
`;
