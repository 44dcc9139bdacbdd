import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** How often the key that signs access tokens changes; the one before it verifies for as long again. */
const ROTATION = Duration.days(30);

/** Secrets that the Lambdas read when they start. They are made here and never seen by anybody. */
export class Secrets extends Construct {
  /** Signs access tokens: what `JWT_SECRETS` holds elsewhere. */
  readonly jwt: Secret;
  /** Seals what is stored to be read again (webhook secrets, answers kept for repeats). Never rotated away. */
  readonly seal: Secret;
  /** Told by CloudFront with each request, so that nobody goes around it. */
  readonly edge: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.jwt = this.#secret('Jwt', 'signs access tokens');
    this.seal = this.#secret('Seal', 'seals stored answers and webhook secrets; what it sealed is lost with it');
    this.edge = this.#secret('Edge', 'shows the API that a request came through CloudFront');
  }

  /** @param rotator speaks the four steps of Secrets Manager; it and the schedule lie in its stack */
  rotateJwt(scope: Construct, rotator: IFunction): void {
    new RotationSchedule(scope, 'JwtRotation', {
      secret: this.jwt,
      rotationLambda: rotator,
      automaticallyAfter: ROTATION,
    });
  }

  #secret(id: string, what: string): Secret {
    return new Secret(this, id, {
      description: `Switchboard: ${what}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
