import { reportParts } from './report-parts';

void reportParts();
