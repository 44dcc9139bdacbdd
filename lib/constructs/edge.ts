import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER, VIEWER_PATH_HEADER } from '../core/model/edge.ts';
import { DASHBOARD_HEADERS, dashboardPolicy } from '../core/model/pages.ts';
import type { Deployment } from './deployment.ts';

/** Longer than the API may take. */
const READ_TIMEOUT = Duration.seconds(35);

/** Where WebSockets are asked for. */
const SOCKET_PATHS = ['/ws/*', '/api/ws/*', '/api/sessions/*/ws'];

export interface EdgeProps {
  deployment: Pick<Deployment, 'domain' | 'waf' | 'stage'>;
  apiHost: string;
  live: { host: string; path: string };
  secret: ISecret;
  /** Where the files of messages lie: the page shows them from there, and uploads to it. */
  mediaOrigin: string;
}

/**
 * CloudFront: one host name for `/api`, `/ws` and the web page. It tells the origins who is calling (an address that
 * the caller cannot choose) and that it was not gone around.
 */
export class Edge extends Construct {
  readonly distribution: Distribution;
  /** Holds the files of the web page; `npm run deploy` puts them there. */
  readonly dashboard: Bucket;
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { deployment, apiHost, live, secret, mediaOrigin } = props;
    const { domain } = deployment;
    // The value itself is nowhere in the template: CloudFormation looks it up when it deploys.
    const customHeaders = { [EDGE_SECRET_HEADER]: secret.secretValue.unsafeUnwrap() };
    const secure = { protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY, originSslProtocols: [OriginSslPolicy.TLS_V1_2] };
    const api = {
      origin: new HttpOrigin(apiHost, { ...secure, customHeaders, readTimeout: READ_TIMEOUT }),
      ...PASS_THROUGH,
      functionAssociations: [this.#atViewer('Api', '')],
    } satisfies BehaviorOptions;
    const sockets = {
      origin: new HttpOrigin(live.host, { ...secure, customHeaders, originPath: live.path }),
      ...PASS_THROUGH,
      // API Gateway takes connections at the path of the stage alone; the Lambda is told which one was asked for.
      functionAssociations: [
        this.#atViewer(
          'Live',
          `request.headers['${VIEWER_PATH_HEADER}'] = { value: request.uri };
  request.uri = '/';`,
        ),
      ],
    } satisfies BehaviorOptions;
    this.dashboard = this.#bucket();
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `Switchboard ${deployment.stage}`,
      defaultBehavior: this.#pages(this.dashboard, mediaOrigin),
      defaultRootObject: 'index.html',
      // The first that fits counts.
      additionalBehaviors: {
        '/api/ws/ticket': api,
        ...Object.fromEntries(SOCKET_PATHS.map((path) => [path, sockets])),
        '/api/*': api,
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(domain && {
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      }),
      ...this.#webAcl(deployment.waf),
    });
    if (domain?.hostedZoneId && domain.zoneName) this.#records({ ...domain, zoneName: domain.zoneName });
    this.url = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
  }

  /** A function before the cache: puts the caller's address where the API reads it, whatever the caller wrote there. */
  #atViewer(id: string, more: string) {
    const code = `function handler(event) {
  var request = event.request;
  request.headers['${VIEWER_ADDRESS_HEADER}'] = { value: event.viewer.ip };
  ${more}
  return request;
}`;
    return {
      eventType: FunctionEventType.VIEWER_REQUEST,
      function: new EdgeFunction(this, `${id}Function`, {
        runtime: FunctionRuntime.JS_2_0,
        code: FunctionCode.fromInline(code),
      }),
    };
  }

  #bucket(): Bucket {
    return new Bucket(this, 'Dashboard', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Every file in it is built from the repository. It is to be emptied before it can go.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** A path without a dot is a page of the application, and index.html shows it. */
  #pages(bucket: Bucket, mediaOrigin: string): BehaviorOptions {
    const code = `function handler(event) {
  var request = event.request;
  if (request.uri.indexOf('.') === -1) request.uri = '/index.html';
  return request;
}`;
    return {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      functionAssociations: [
        {
          eventType: FunctionEventType.VIEWER_REQUEST,
          function: new EdgeFunction(this, 'PagesFunction', {
            runtime: FunctionRuntime.JS_2_0,
            code: FunctionCode.fromInline(code),
          }),
        },
      ],
      responseHeadersPolicy: new ResponseHeadersPolicy(this, 'PageHeaders', {
        securityHeadersBehavior: {
          contentSecurityPolicy: { contentSecurityPolicy: dashboardPolicy(mediaOrigin), override: true },
          contentTypeOptions: { override: true },
          strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true },
          referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
          frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        },
        customHeadersBehavior: {
          customHeaders: Object.entries(DASHBOARD_HEADERS).map(([header, value]) => ({
            header,
            value,
            override: true,
          })),
        },
      }),
    };
  }

  #webAcl(waf: Deployment['waf']): { webAclId?: string } {
    if (waf === 'off') return {};
    if (waf !== 'managed') return { webAclId: waf };
    const visibility = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
      metricName,
    });
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('switchboard'),
      rules: [
        {
          name: 'common',
          priority: 0,
          overrideAction: { none: {} },
          visibilityConfig: visibility('common'),
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: 'AWSManagedRulesCommonRuleSet',
              // Media and long messages are bigger than the 8 KiB that the rule allows.
              ruleActionOverrides: [{ name: 'SizeRestrictions_BODY', actionToUse: { count: {} } }],
            },
          },
        },
        {
          name: 'known-bad',
          priority: 1,
          overrideAction: { none: {} },
          visibilityConfig: visibility('known-bad'),
          statement: {
            managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesKnownBadInputsRuleSet' },
          },
        },
        {
          name: 'rate',
          priority: 2,
          action: { block: {} },
          visibilityConfig: visibility('rate'),
          // Requests of one address in five minutes.
          statement: { rateBasedStatement: { limit: 10_000, aggregateKeyType: 'IP' } },
        },
      ],
    });
    return { webAclId: acl.attrArn };
  }

  #records({ name, hostedZoneId, zoneName }: NonNullable<Deployment['domain']> & { zoneName: string }): void {
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: hostedZoneId as string,
      zoneName,
    });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    new ARecord(this, 'Record', { zone, recordName: name, target });
    new AaaaRecord(this, 'Record6', { zone, recordName: name, target });
  }
}

/** All methods, no cache, every header but `Host`: API Gateway goes by its own. */
const PASS_THROUGH = {
  viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
  allowedMethods: AllowedMethods.ALLOW_ALL,
  cachePolicy: CachePolicy.CACHING_DISABLED,
  originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  compress: true,
} as const;
