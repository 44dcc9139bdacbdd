import { Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

const STAGE = 'live';

/** The WebSocket API; its three routes go to one Lambda, which needs `endpoint` first: hence `serve`. */
export class LiveApi extends Construct {
  readonly api: WebSocketApi;
  /** Host name without a scheme. */
  readonly host: string;
  /** Path of the only address that takes connections. */
  readonly path = `/${STAGE}`;

  constructor(scope: Construct, id: string, { region }: { region: string }) {
    super(scope, id);
    this.api = new WebSocketApi(this, 'Api', { description: 'Switchboard: live updates' });
    this.host = `${this.api.apiId}.execute-api.${region}.amazonaws.com`;
    // No access log: API Gateway writes one for WebSockets only with a role that is set for the whole account, which is not
    // this stack's to set. Its metrics are drawn, and the Lambda has a log.
    new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1_000 },
    });
  }

  /** Where what is to be sent over the connections is taken: `LIVE_ENDPOINT`. */
  get endpoint(): string {
    return `https://${this.host}${this.path}`;
  }

  serve(handler: IFunction): void {
    for (const route of ['$connect', '$disconnect', '$default']) {
      const integration = new WebSocketLambdaIntegration(`Lambda${route.slice(1)}`, handler);
      const returnResponse = route === '$connect';
      this.api.addRoute(route, { integration, returnResponse });
    }
  }

  /** Sending over connections and ending them. Wildcard: connections come and go. */
  grantConnections({ grantPrincipal }: IGrantable): void {
    const arn = (method: string) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.api.apiId,
        resourceName: `${STAGE}/${method}/@connections/*`,
      });
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['execute-api:ManageConnections'], resources: [arn('POST'), arn('DELETE')] }),
    );
  }
}
