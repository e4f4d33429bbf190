/** How the figures of tool keys were measured, for docs/benchmarks.md. */
export const howToolKeys = `- **tool key at depth 5**: a tool key issued by a tool key, and so on, five deep, and a personal key in turn, nine rounds of 1 s;
  the worse of the medians of its share of throughput and of processor time.
- **issuing**: POST \`/api/v1/tool-keys\` with a user's JWT over 50 connections, each key for a task of its own; the median of
  three rounds of 2 s.
- **ending a tree**: DELETE of the root of 10,000 keys, five deep, all of them just verified, from the request to its answer; the bench fails unless every 97th of them is then refused at once. The median of three trees.
`;
