import { connect } from 'node:net';

/** Opens many connections to a replica, so many at a time; each with what was heard on it and when it ended. */
export async function openCrowd(replica, count, begin) {
  const { port, hostname } = new URL(replica.url);
  const crowd = [];
  while (crowd.length < count) {
    const some = Array.from({ length: Math.min(100, count - crowd.length) }, () =>
      open({ port, host: hostname }),
    );
    crowd.push(...(await Promise.all(some)));
  }
  crowd.forEach((member, index) => begin(member, index));
  return crowd;
}

function open(place) {
  return new Promise((resolve, reject) => {
    const socket = connect(place);
    const member = { socket, heard: '', openedAt: performance.now(), seconds: undefined };
    const end = () => (member.seconds ??= (performance.now() - member.openedAt) / 1_000);
    socket.setEncoding('latin1').on('data', (text) => (member.heard += text));
    socket.on('end', end).on('close', end);
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(member);
    });
  });
}
