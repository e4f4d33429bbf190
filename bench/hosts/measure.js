import { mkdir } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';
import { join } from 'node:path';
import { load } from '../load.js';
import { measureBetween } from '../measure-between.js';
import { median } from '../numbers.js';
import { say } from '../say.js';
import { startProcess } from '../start-process.js';
import { measureHostStart } from './start-time.js';

const rounds = 5;
const seconds = 1;

/** What our guard costs a host, beside the same route bare and beside Passport by hand; and what importing us costs its start. */
export async function measureHosts(dataDir) {
  const fastify = await measurePlatform('fastify', dataDir);
  const express = await measurePlatform('express', dataDir);
  say('The start of a host …');
  return { platforms: [fastify, express], start: await measureHostStart(dataDir) };
}

async function measurePlatform(platform, dataDir) {
  say(`A host on ${platform} …`);
  const folder = join(dataDir, `host-${platform}`);
  await mkdir(folder);
  const server = await startProcess('bench/hosts/main.js', { args: [platform, folder] });
  const [bare, ...others] = rowsOf(server.ready);
  for (const row of [bare, ...others]) await load(row, seconds);
  await measureBetween(server, bare, others, { rounds, seconds });
  await server.stop();
  const byName = Object.fromEntries(others.map((row) => [row.name, row]));
  return { platform, rows: [bare, ...others].map((row) => summaryOf(row, byName[row.beside])) };
}

function rowsOf({ bare, ours, theirs, token, keys }) {
  const bearer = { authorization: `Bearer ${token}` };
  const rows = [
    { name: 'bare', url: `${bare}/bench/bare`, headers: {} },
    { name: 'ourKey', url: `${ours}/notes`, headers: { 'x-api-key': keys.ours } },
    { name: 'theirKey', url: `${theirs}/notes`, headers: { 'x-api-key': keys.theirs }, beside: 'ourKey' },
    {
      name: 'theirQuery',
      url: `${theirs}/notes-by-query`,
      headers: { 'x-api-key': keys.theirs },
      beside: 'ourKey',
    },
    { name: 'ourToken', url: `${ours}/notes`, headers: bearer },
    { name: 'theirToken', url: `${theirs}/notes`, headers: bearer, beside: 'ourToken' },
  ];
  return rows.map(({ headers, ...row }) => ({
    ...row,
    status: 200,
    requestsFor: () => [{ headers }],
    latencies: createHistogram(),
    slices: [],
  }));
}

/** `ratioOfRate` and `ratioOfCpu`: how many times as much `ours` does in the same time, and with the same processor time. */
function summaryOf({ name, slices, latencies }, ours) {
  const middle = (read) => median(slices.map(read));
  const summary = {
    name,
    rate: middle(({ rate }) => rate),
    cpu: middle(({ cpu }) => cpu),
    p99: latencies.percentile(99) / 1000,
    shareOfRate: middle(({ rate, bare }) => rate / bare.rate),
    shareOfCpu: middle(({ cpu, bare }) => bare.cpu / cpu),
  };
  if (ours === undefined) return summary;
  const pairs = slices.map((slice, round) => [ours.slices[round], slice]);
  return {
    ...summary,
    ratioOfRate: median(
      pairs.map(([our, their]) => our.rate / our.bare.rate / (their.rate / their.bare.rate)),
    ),
    ratioOfCpu: median(pairs.map(([our, their]) => their.cpu / their.bare.cpu / (our.cpu / our.bare.cpu))),
  };
}
