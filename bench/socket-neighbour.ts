/**
 * A client that sends large audio events on one realtime session as fast as the gateway reads them. Takes the address
 * of the session, the API key and the size of an event. Answers any message with the number of events so far.
 */
import { WebSocket } from 'ws';

const [address, key, bytes] = process.argv.slice(2);
if (address === undefined) throw new Error('usage: socket-neighbour.ts <address> <key> <bytes>');
const event = JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(Number(bytes)) });
const socket = new WebSocket(address, {
  headers: { authorization: `Bearer ${key}` },
  perMessageDeflate: false,
});
let sent = 0;

function sendNext(): void {
  socket.send(event, (error) => {
    if (error) return;
    sent += 1;
    setImmediate(sendNext);
  });
}

socket.once('message', () => {
  process.send?.('ready');
  sendNext();
});
socket.on('close', (code, reason) => {
  console.error(`the realtime session ended: ${code} ${reason}`);
  process.exit(1);
});
process.on('message', () => process.send?.(sent));
process.once('disconnect', () => process.exit());
