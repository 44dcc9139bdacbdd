import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { describe, expect, it } from 'vitest';
import { uploadDashboard } from '../../bin/upload-dashboard.ts';
import { ROOT } from '../../lib/constructs/bundles.ts';
import { VIEWER_ADDRESS_HEADER, VIEWER_PATH_HEADER } from '../../lib/core/model/edge.ts';
import { dashboardPolicy } from '../../lib/core/model/pages.ts';
import { type Properties, type Resource, standardStacks, text, wishedStacks } from './support.ts';

const { of } = standardStacks();
const distribution = (of('AWS::CloudFront::Distribution')[0] as Resource).properties.DistributionConfig as Properties;
const behaviors: Properties[] = [
  ...distribution.CacheBehaviors,
  { ...distribution.DefaultCacheBehavior, PathPattern: '*' },
];

/** The first whose pattern fits, as CloudFront chooses. */
function behaviorOf(path: string): Properties {
  const fits = ({ PathPattern }: Properties) =>
    new RegExp(`^/?${PathPattern.replace(/^\//, '').replaceAll('*', '.*')}$`).test(path);
  return behaviors.find(fits) as Properties;
}

function originOf(path: string): 'api' | 'live' | 'pages' {
  const { TargetOriginId } = behaviorOf(path);
  const { DomainName } = distribution.Origins.find(({ Id }: Properties) => Id === TargetOriginId);
  const host = text(DomainName);
  return host.includes('HttpApi') ? 'api' : host.includes('LiveApi') ? 'live' : 'pages';
}

/** What the function before the cache makes of a request. */
function atViewer(path: string, headers: Properties = {}): Properties {
  const [{ FunctionARN }] = behaviorOf(path).FunctionAssociations;
  const fn = of('AWS::CloudFront::Function').find(({ id }) => text(FunctionARN).includes(id)) as Resource;
  const handler = new Function('event', `${fn.properties.FunctionCode}\nreturn handler(event);`);
  return handler({ viewer: { ip: '203.0.113.9' }, request: { uri: path, headers } });
}

describe('one host name', () => {
  it('has every route of the API, the WebSockets and the pages, each at its origin', () => {
    // It has every route, and is as the code makes it: tests/unit/openapi.test.ts.
    const { paths: described } = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'));
    const all = Object.keys(described).map((path) => path.replaceAll(/\{\w+\}/g, 'x'));
    const paths = all.filter((path) => path !== '/ws/dashboard');
    expect(paths.length).toBeGreaterThan(200);
    for (const path of [...paths, '/api/openapi.json', '/api/docs', '/api/media/files/x', '/api/nothing']) {
      expect(originOf(path), path).toBe('api');
    }
    for (const path of ['/ws/dashboard', '/api/ws/1', '/api/sessions/1/ws']) expect(originOf(path), path).toBe('live');
    for (const path of ['/', '/instances', '/assets/a.js']) expect(originOf(path), path).toBe('pages');
  });

  it('tells the origins who calls and which WebSocket was asked for, whatever the caller says', () => {
    const forged = { [VIEWER_ADDRESS_HEADER]: { value: '1.1.1.1' }, [VIEWER_PATH_HEADER]: { value: '/ws/dashboard' } };
    expect(atViewer('/api/health', { ...forged })).toMatchObject({
      uri: '/api/health',
      headers: { [VIEWER_ADDRESS_HEADER]: { value: '203.0.113.9' } },
    });
    for (const path of ['/ws/dashboard', '/api/ws/business-support', '/api/sessions/1/ws']) {
      expect(atViewer(path, { ...forged })).toMatchObject({
        uri: '/',
        headers: { [VIEWER_ADDRESS_HEADER]: { value: '203.0.113.9' }, [VIEWER_PATH_HEADER]: { value: path } },
      });
    }
  });

  it('tells the origins a secret that the template does not hold', () => {
    const { Origins } = distribution;
    expect(Origins).toHaveLength(3);
    for (const { OriginCustomHeaders } of Origins.filter(({ CustomOriginConfig }: Properties) => CustomOriginConfig)) {
      expect(OriginCustomHeaders).toEqual([
        { HeaderName: 'x-switchboard-edge', HeaderValue: { 'Fn::Join': ['', expect.anything()] } },
      ]);
      expect(text(OriginCustomHeaders)).toContain('{{resolve:secretsmanager:');
    }
  });

  it('may be the name of the customer, with its records, behind a web ACL', () => {
    const own = wishedStacks();
    const [named] = own.of('AWS::CloudFront::Distribution');
    expect(named?.properties.DistributionConfig).toMatchObject({
      Aliases: ['gateway.example.com'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
      WebACLId: expect.anything(),
    });
    expect(own.of('AWS::Route53::RecordSet').map(({ properties }) => properties.Type)).toEqual(['A', 'AAAA']);
    expect(own.of('AWS::WAFv2::WebACL')).toHaveLength(1);
  });
});

describe('the dashboard', () => {
  it('lies in a bucket that only CloudFront reads', () => {
    const [bucket] = of('AWS::S3::Bucket').filter(({ id }) => id.includes('Dashboard'));
    expect(bucket?.properties.PublicAccessBlockConfiguration).toMatchObject({ BlockPublicPolicy: true });
    const policies = of('AWS::S3::BucketPolicy').filter(({ properties }) =>
      text(properties.Bucket).includes(bucket?.id as string),
    );
    const allowed = policies
      .flatMap(({ properties }) => properties.PolicyDocument.Statement as Properties[])
      .filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toMatchObject([{ Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } }]);
  });

  it('is sent with the policy of the embedded gateway and the bucket of files, and others that keep it to itself', () => {
    const [policy] = of('AWS::CloudFront::ResponseHeadersPolicy');
    const { SecurityHeadersConfig, CustomHeadersConfig } = (policy as Resource).properties.ResponseHeadersPolicyConfig;
    const { ContentSecurityPolicy, Override } = SecurityHeadersConfig.ContentSecurityPolicy;
    expect(Override).toBe(true);
    const [separator, parts] = ContentSecurityPolicy['Fn::Join'];
    const isName = (part: unknown) => typeof part !== 'string';
    expect(parts.filter(isName).map(text)).toEqual(Array(3).fill(expect.stringMatching(/Media.*RegionalDomainName/)));
    const written = parts.map((part: unknown) => (isName(part) ? 'files.s3.eu-central-1.amazonaws.com' : part));
    expect(written.join(separator)).toBe(dashboardPolicy('https://files.s3.eu-central-1.amazonaws.com'));
    expect(SecurityHeadersConfig).toMatchObject({
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY' },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
      StrictTransportSecurity: { IncludeSubdomains: true },
    });
    expect(CustomHeadersConfig.Items.map(({ Header }: Properties) => Header)).toContain('Cross-Origin-Opener-Policy');
    expect(text(behaviorOf('/').ResponseHeadersPolicyId)).toContain((policy as Resource).id);
  });

  it('shows its page at every path without a file', () => {
    expect(atViewer('/instances/desk').uri).toBe('/index.html');
    expect(atViewer('/assets/index-1a2b.js').uri).toBe('/assets/index-1a2b.js');
  });

  it('is put there, each file with its type and for how long it is good; the pages when all else is there', async () => {
    const dist = await mkdtemp(join(tmpdir(), 'switchboard-dist-'));
    const assets = Array.from({ length: 12 }, (_, n) => `assets/part-${n}a2b.js`);
    for (const name of ['index.html', 'icon.svg', ...assets, 'sources.sha256']) {
      await mkdir(dirname(join(dist, name)), { recursive: true });
      await writeFile(join(dist, name), name);
    }
    const server = await startFauxqs({ port: 0, logger: false });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const endpoint = `http://127.0.0.1:${server.port}`;
    const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
    const Bucket = 'dashboard';
    await client.send(new CreateBucketCommand({ Bucket }));
    const [underWay, arrived] = [new Set<string>(), [] as string[]];
    client.middlewareStack.add(
      (next) => async (args) => {
        const { Key } = args.input as { Key: string };
        // A page names the others: nobody may get it before they are there.
        if (Key.endsWith('.html')) expect([underWay.size, arrived.length]).toEqual([0, 13]);
        underWay.add(Key);
        const answer = await next(args);
        underWay.delete(Key);
        arrived.push(Key);
        return answer;
      },
      { step: 'initialize' },
    );
    expect(await uploadDashboard(client, Bucket, dist)).toBe(14);
    expect(arrived.toSorted()).toEqual(['index.html', 'icon.svg', ...assets].toSorted());
    const reader = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
    const stored = async (Key: string) => {
      const { ContentType, CacheControl, Body } = await reader.send(new GetObjectCommand({ Bucket, Key }));
      return [ContentType, CacheControl, await Body?.transformToString()];
    };
    for (const key of assets) {
      expect(await stored(key)).toEqual(['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', key]);
    }
    expect(await stored('icon.svg')).toEqual(['image/svg+xml; charset=utf-8', 'no-cache', 'icon.svg']);
    expect(await stored('index.html')).toEqual(['text/html; charset=utf-8', 'no-cache', 'index.html']);
    for (const one of [client, reader]) one.destroy();
    await server.stop();
    await rm(dist, { recursive: true });
  });
});
