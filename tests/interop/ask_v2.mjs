// The TypeScript v2 client lets a person agree, in one era. Above: tests/acceptance/test_people.py.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { ask, CAPABILITIES } from "./ask.mjs";
import { target } from "./walk.mjs";

const { transport, url, mode, ...command } = target();
const client = new Client({ name: "interop-v2", version: "1.0.0" }, { ...CAPABILITIES, versionNegotiation: { mode } });
await client.connect(
  transport === "http" ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(command),
);
await ask(client, "elicitation/create", (name, given) => client.callTool({ name, arguments: given }));
