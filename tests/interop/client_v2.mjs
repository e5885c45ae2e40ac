// The TypeScript v2 client walks the fixture server in one era. Above: tests/acceptance/test_clients.py.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { target, walk } from "./walk.mjs";

const { transport, url, mode, ...command } = target();
const client = new Client({ name: "interop-v2", version: "1.0.0" }, { versionNegotiation: { mode } });
await client.connect(
  transport === "http" ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(command),
);
await walk(client, (name, options) => client.callTool({ name, arguments: {} }, options));
