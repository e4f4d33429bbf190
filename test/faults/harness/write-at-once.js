/** Asks every replica for so many new keys at the same time. */
export async function writeAtOnce({ site: { replicas }, cast, watch }, count) {
  const writeOne = async (replica) => {
    const { answer } = await cast.create(replica, 'at once');
    watch.judge({ name: 'one of many writes', needs: 'write' }, replica, answer, 'good');
  };
  await Promise.all(replicas.flatMap((replica) => Array.from({ length: count }, () => writeOne(replica))));
}
