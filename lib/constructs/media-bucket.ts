import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { MEDIA_PREFIX } from '../core/adapters/s3/media.ts';
import { KEEP_DAYS } from '../core/model/media.ts';

/** Files of messages: private, gone when they were sent, or `days` after they were received; whoever may have one gets an address that is signed for a while. */
export class MediaBucket extends Bucket {
  constructor(scope: Construct, id: string, { days, origins }: { days: number; origins: readonly string[] }) {
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'outgoing', prefix: MEDIA_PREFIX.outgoing, expiration: Duration.days(KEEP_DAYS.outgoing) },
        { id: 'received', prefix: MEDIA_PREFIX.received, expiration: Duration.days(days) },
        { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      cors: [
        {
          allowedOrigins: [...origins],
          allowedMethods: [HttpMethods.PUT, HttpMethods.GET],
          allowedHeaders: ['content-type', 'content-length', 'x-amz-*'],
          maxAge: 600,
        },
      ],
    });
  }

  /** Of the addresses that are signed. */
  get origin(): string {
    return `https://${this.bucketRegionalDomainName}`;
  }

  /** Listing, reading, writing and deleting files. Wildcard: files come and go. Who may not list is told 403 for 404. */
  grantFiles(...grantees: IGrantable[]): void {
    const actions = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'];
    for (const { grantPrincipal } of grantees) {
      grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [`${this.bucketArn}/*`] }));
      grantPrincipal.addToPrincipalPolicy(
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucketArn] }),
      );
    }
  }
}
