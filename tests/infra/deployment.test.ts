import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../lib/constructs/bundles.ts';
import { readDeployment } from '../../lib/constructs/deployment.ts';

const FILE = JSON.parse(readFileSync(join(ROOT, 'deployment.json'), 'utf8')) as Record<string, unknown>;
const nothing = () => undefined;
const read = (given: Record<string, unknown>, context: Record<string, unknown> = {}) =>
  readDeployment({ ...FILE, ...given }, (key) => context[key]);

describe('deployment.json', () => {
  it('as it lies in the repository says what is meant by default', () => {
    expect(readDeployment(FILE, nothing)).toEqual({
      stage: 'prod',
      region: 'us-east-1',
      shards: 8,
      runner: { cpu: 256, memoryMiB: 512, count: 2, maxCount: 20, spotPercent: 100 },
      registration: 'first',
      fleetControl: false,
      retention: { logDays: 30, auditDays: 365, mediaDays: 30 },
      waf: 'off',
      webOrigins: [],
    });
    expect(readDeployment({ stage: 'prod', region: 'us-east-1' }, nothing)).toEqual(readDeployment(FILE, nothing));
  });

  it('gives way to the context, text as that is', () => {
    const context = { stage: 'dev', region: 'eu-west-1', 'runner.count': '4', 'retention.logDays': '7', waf: 'off' };
    expect(read({}, context)).toMatchObject({
      stage: 'dev',
      region: 'eu-west-1',
      runner: { count: 4, cpu: 256 },
      retention: { logDays: 7, auditDays: 365 },
    });
    expect(FILE).toMatchObject({ stage: 'prod', runner: { count: 2 } });
  });

  it.each([
    [{ stage: 'Prod!' }, 'stage: must be 1 to 16 of a-z, 0-9 and -, beginning with a letter'],
    [{ stage: undefined }, 'stage: must be a name for this deployment, such as prod'],
    [{ region: 'Frankfurt' }, 'region: must be an AWS region, such as us-east-1'],
    [{ shards: 0 }, 'shards: must be 1 to 256'],
    [{ runner: { cpu: 300 } }, "runner.cpu: must be one of Fargate's: 256, 512, 1024, 2048, 4096"],
    [{ runner: { cpu: 256, memoryMiB: 4096 } }, 'runner.memoryMiB: must be, with cpu 256, one of 512, 1024, 2048'],
    [{ runner: { count: 9, maxCount: 8 } }, 'runner.maxCount: must be count or more'],
    [{ runner: { count: 0 } }, 'runner.count: must be 1 to 200'],
    [{ runner: { spotPercent: 101 } }, 'runner.spotPercent: must be 0 to 100'],
    [{ registration: 'yes' }, 'registration: must be open, first (only while there is no account) or closed'],
    [{ retention: { logDays: 31 } }, "retention.logDays: must be one of CloudWatch's: 1, 3, 5, 7, 14, 30"],
    [{ alarmEmail: 'me' }, 'alarmEmail: must be an e-mail address'],
    [{ domain: { name: 'a b' } }, 'domain.name: must be a host name, such as gateway.example.com'],
    [
      { domain: { name: 'a.example', certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/a' } },
      'domain.certificateArn: must be the ARN of a certificate in us-east-1',
    ],
    [
      {
        domain: {
          name: 'a.example',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a',
          hostedZoneId: 'Z1',
        },
      },
      'domain.zoneName: goes with hostedZoneId: give both or neither',
    ],
    [{ waf: 'on' }, 'waf: must be off, managed, or the ARN of a global web ACL in us-east-1'],
    [{ waf: 'managed', region: 'eu-west-1' }, 'waf: managed needs region us-east-1'],
    [
      { vpc: { id: 'vpc-1', availabilityZones: ['us-east-1a', 'us-east-1b'], publicSubnetIds: ['subnet-1'] } },
      'vpc.publicSubnetIds: must name one subnet per availability zone',
    ],
    [{ webOrigins: ['http://a.example'] }, 'webOrigins.0: must be like https://dashboard.example.com'],
    [{ runners: 3 }, 'runners: there is no such setting'],
    [{ runner: { size: 3 } }, 'runner.size: there is no such setting'],
  ])('%j is refused in words that say what to write', (given, sentence) => {
    expect(() => read(given)).toThrow(sentence);
  });

  it('is told everything that is wrong at once', () => {
    expect(() => read({ stage: '', shards: 'many' })).toThrow(/stage: .*\n {2}shards: must be 1 to 256/);
  });
});
