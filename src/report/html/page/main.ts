import type { PageData } from '../page-data';
import { requestTable } from './request-table';
import { drawScenario } from './scenario-charts';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '{"scenarios":[]}') as PageData;

/** A chart is drawn once its scenario is unfolded: before that it has no width, and most are never looked at. */
for (const place of document.querySelectorAll<HTMLElement>('.charts')) {
  const scenario = data.scenarios.find(({ name }) => name === place.dataset['scenario']);
  const fold = place.closest('details');
  if (scenario === undefined || fold === null) continue;
  let drawn = false;
  const draw = (): void => {
    if (drawn || !fold.open) return;
    drawn = true;
    drawScenario(scenario, place);
  };
  fold.addEventListener('toggle', draw);
  draw();
}

const table = document.getElementById('request-table');
if (table !== null) requestTable(data, table);
