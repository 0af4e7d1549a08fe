/** Apart from the other lists: the command line checks names of strategies before it knows what else it needs. */
export { strategies } from '../balancer/strategies/index.ts';
