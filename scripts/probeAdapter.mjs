// Asks Dawn for an adapter and a device, and prints the adapter as JSON; fails where there is none.
// A process of its own, since a driver is loaded once per process and a bad one can crash it.
// @ts-check
import { openDawnDevice } from './dawn.mjs';

const { adapter, device } = await openDawnDevice();
const { vendor, architecture, device: name, description } = adapter.info;
device.destroy();
process.stdout.write(JSON.stringify({ vendor, architecture, device: name, description }), () => process.exit(0));
