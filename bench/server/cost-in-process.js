/** Microseconds of processor time for one of these new tokens: the whole of our authentication, and `verify` alone. */
export async function costInProcess(tokens, decision, verify) {
  const gatehouse = await costOfEach(tokens, async (token) => {
    const authorization = `Bearer ${token}`;
    const request = { headers: { authorization }, rawHeaders: ['authorization', authorization] };
    const { user } = await decision.identify(request);
    if (user === undefined) throw new Error('A good token was rejected');
  });
  return { gatehouse, jsonwebtoken: await costOfEach(tokens, verify) };
}

async function costOfEach(tokens, work) {
  const before = process.cpuUsage();
  for (const token of tokens) await work(token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}
