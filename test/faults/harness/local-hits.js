/** Requests of limited keys that the replicas of a site counted by themselves, since they started. */
export async function localHits({ replicas }) {
  const texts = await Promise.all(replicas.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()));
  return texts.reduce(
    (sum, text) => sum + Number(/^gatehouse_limiter_local_hits_total (\d+)/m.exec(text)[1]),
    0,
  );
}
