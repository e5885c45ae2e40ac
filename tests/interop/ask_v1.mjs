// The TypeScript v1 client lets a person agree. Above: tests/acceptance/test_people.py.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { ask, CAPABILITIES } from "./ask.mjs";
import { target } from "./walk.mjs";

const { transport, url, ...command } = target();
const client = new Client({ name: "interop-v1", version: "1.0.0" }, CAPABILITIES);
await client.connect(
  transport === "http" ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(command),
);
await ask(client, ElicitRequestSchema, (name, given) => client.callTool({ name, arguments: given }));
