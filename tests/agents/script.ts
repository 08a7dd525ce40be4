/** What the mock providers say to an agent: its own shell tool is to print a file. */
import { isObject, type Json, list, object } from '../translation/mocks/json.ts';
import type { Script } from '../translation/mocks/upstream.ts';

const command = 'cat notes.txt';
/** What the agents call a shell. */
const shellNames = /^(?:Bash|bash|exec_command|shell|shell_command|run_shell_command)$/;

interface Tool {
  readonly name: string;
  readonly schema: Json;
}

/** The tools of a request of any protocol. */
function toolsOf(body: Json): readonly Tool[] {
  return list(body.tools)
    .flatMap(declarationsOf)
    .map((tool) => ({
      name: String(tool.name),
      schema: object(tool.parameters ?? tool.parametersJsonSchema ?? tool.input_schema),
    }));
}

function declarationsOf(tool: Json): readonly Json[] {
  if (Array.isArray(tool.functionDeclarations)) return list(tool.functionDeclarations);
  return [isObject(tool.function) ? tool.function : tool];
}

/** The arguments that the schema of a shell tool demands. */
function argumentsFor({ schema }: Tool): Json {
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return Object.fromEntries(
    required.map((name) => {
      const isCommand = name === 'command' || name === 'cmd';
      return [name, isCommand ? command : 'Reads the notes'];
    }),
  );
}

/** Calls the shell for the task, and says what it printed once there is a result. */
export const callShell: Script = ({ results, transcript }, body) => {
  const tool = toolsOf(body).find(({ name }) => shellNames.test(name));
  if (!tool || results.length > 0 || !transcript.join('\n').includes(command)) return undefined;
  return {
    thought: '',
    text: 'I will look.',
    calls: [{ id: 'call_0', name: tool.name, args: argumentsFor(tool) }],
    ending: 'stop',
    stopped: undefined,
  };
};
