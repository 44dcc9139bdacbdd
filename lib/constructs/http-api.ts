import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi as Api,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Requests a second, and at once, over all callers: a bill that runs away is stopped here, not by quotas of keys. */
const THROTTLE = { rateLimit: 500, burstLimit: 1_000 };

/** The HTTP API: whatever is asked, one Lambda answers, which knows routes and callers itself. See `serve`. */
export class HttpApi extends Construct {
  readonly api: Api;
  /** Host name without a scheme. */
  readonly host: string;

  constructor(scope: Construct, id: string, props: { region: string; logRetention: RetentionDays }) {
    super(scope, id);
    this.api = new Api(this, 'Api', {
      description: 'Switchboard',
      createDefaultStage: false,
    });
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      // No path: it may hold a phone number.
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            at: '$context.requestTimeEpoch',
            method: '$context.httpMethod',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            error: '$context.integrationErrorMessage',
          }),
        ),
      },
    });
    this.host = `${this.api.apiId}.execute-api.${props.region}.amazonaws.com`;
  }

  /** After the handler has been told the public address, which stands on `host`. */
  serve(handler: IFunction): void {
    new HttpRoute(this, 'Default', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration('Lambda', handler),
    });
  }
}
