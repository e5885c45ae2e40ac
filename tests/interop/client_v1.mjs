// The TypeScript v1 client walks the fixture server. Above: tests/acceptance/test_clients.py.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { target, walk } from "./walk.mjs";

const { transport, url, ...command } = target();
const client = new Client({ name: "interop-v1", version: "1.0.0" });
await client.connect(
  transport === "http" ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(command),
);
await walk(client, (name, options) => client.callTool({ name, arguments: {} }, undefined, options));
