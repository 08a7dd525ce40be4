/** `/api/task`: tasks that outlive their request. There are none yet: the list is empty, as clients expect it. */
import { z } from 'zod';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { success } from '../response.ts';

export const taskEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/task/self',
  access: 'account',
  summary: 'List your tasks',
  description: 'Halley serves no operation that makes tasks, so the page is empty.',
  query: pageParameters,
  data: pageOf(z.object({})),
  handle: ({ request }) =>
    success(pageRecord(readPage(request.query), { total: 0, items: [] }, (task) => task)),
});
