import { describe, expect, it } from 'vitest';
import { createEmfMetrics, EMF_METRICS, teeMetrics } from '../../runner/emf.ts';

describe('the line that CloudWatch makes metrics of', () => {
  it('says what happened since the last one', () => {
    const emf = createEmfMetrics('test', () => 1_700_000_000_000);
    const other = createEmfMetrics('test', () => 0);
    const metrics = teeMetrics(emf, other);
    metrics.acked(120.4);
    metrics.acked(80);
    metrics.claimed(10);
    metrics.claimed(30);
    metrics.committed(4);
    metrics.fenceRefused();
    metrics.decryptFailed('bad_mac');
    metrics.decryptFailed('no_session');
    metrics.retryAsked();
    metrics.connecting(true)();
    const sessions = new Map([['CONNECTED', 3] as const, ['RECONNECTING', 1] as const, ['LOGGED_OUT', 1] as const]);
    const line = emf.line(sessions);
    expect(line).toMatchObject({
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          { Namespace: 'Switchboard', Dimensions: [['service', 'stage']], Metrics: [...EMF_METRICS] },
        ],
      },
      ...{ service: 'runner', stage: 'test', AcceptToAckMs: [120, 80], DecryptFailures: 2, SessionsAwayPercent: 25 },
      sessions: { CONNECTED: 3, RECONNECTING: 1, LOGGED_OUT: 1 },
      ...{
        fenceRefusals: 1,
        retryReceipts: 1,
        reconnects: 1,
        decryptFailures: { bad_mac: 1, no_session: 1, other: 0 },
      },
      ...{ queueAgeMs: { count: 2, mean: 20, max: 30 }, commitMs: { count: 1, mean: 4, max: 4 } },
    });
    for (const { Name } of EMF_METRICS) expect(line).toHaveProperty(Name);
    expect(other.line(sessions)).toMatchObject({ AcceptToAckMs: [120, 80], fenceRefusals: 1 });
  });

  it('begins anew, and names no metric that has no value', () => {
    const emf = createEmfMetrics('test', Date.now);
    emf.acked(5);
    emf.decryptFailed('other');
    emf.line(new Map());
    const line = emf.line(new Map()) as { _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } };
    expect(line).toMatchObject({ DecryptFailures: 0, SessionsAwayPercent: 0, queueAgeMs: { count: 0, mean: 0 } });
    expect(line).not.toHaveProperty('AcceptToAckMs');
    const named = line._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name);
    expect(named).toEqual(['DecryptFailures', 'SessionsAwayPercent']);
  });

  it('holds at most the hundred values that CloudWatch takes', () => {
    const emf = createEmfMetrics('test', Date.now);
    for (let ms = 1; ms <= 1_000; ms += 1) emf.acked(ms);
    expect((emf.line(new Map()) as { AcceptToAckMs: number[] }).AcceptToAckMs).toHaveLength(100);
  });
});
