import { cleanUp } from './clean-up';

void cleanUp();
