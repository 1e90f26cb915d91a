import { plan } from './plan';

plan();
