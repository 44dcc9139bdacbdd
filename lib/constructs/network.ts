import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';

/**
 * Where runners run: public subnets without a NAT gateway (33 USD a month and zone), and nothing may connect to them.
 * Tables and files are reached through gateway endpoints, which cost nothing.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly runnerGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { vpc: given }: Pick<Deployment, 'vpc'>) {
    super(scope, id);
    this.vpc = given ? this.#given(given) : this.#own();
    this.runnerGroup = new SecurityGroup(this, 'Runners', {
      vpc: this.vpc,
      description: 'Switchboard runners: out to WhatsApp, AWS and proxies, in from nowhere',
      allowAllOutbound: true,
    });
  }

  #own(): Vpc {
    return new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.57.0.0/20'),
      maxAzs: 2,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24 }],
      gatewayEndpoints: {
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
        S3: { service: GatewayVpcEndpointAwsService.S3 },
      },
    });
  }

  #given({ id, availabilityZones, publicSubnetIds }: NonNullable<Deployment['vpc']>): IVpc {
    return Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: id, availabilityZones, publicSubnetIds });
  }
}
