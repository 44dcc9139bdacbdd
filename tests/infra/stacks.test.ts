/** All that looks at the stacks, in one file: the CDK is loaded, and the stacks are made, once, by one worker. */
import './checks.ts';
import './cost.ts';
import './edge.ts';
import './rights.ts';
import './templates.ts';
