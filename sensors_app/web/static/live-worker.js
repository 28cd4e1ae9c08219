// One stream of events for all tabs of a browser: over HTTP/1.1 it opens six connections to a server
// at most, and a stream in each of seven tabs would block the seventh for ever.
const ports = new Set();
let source = null;
let state = "off";
let last = null;

const tell = (message) => ports.forEach((port) => port.postMessage(message));

function become(next) {
  state = next;
  tell({ type: "state", state, last });
}

function open(url) {
  source = new EventSource(url);
  source.onopen = () => become("live");
  source.onerror = () => become(source.readyState === EventSource.CLOSED ? "off" : "stale");
  for (const type of ["rows", "topics", "resync"]) {
    source.addEventListener(type, (event) => {
      last = event.lastEventId;
      tell({ type, data: JSON.parse(event.data) });
    });
  }
}

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.close) ports.delete(port);
    else if (!source || source.readyState === EventSource.CLOSED) open(data.url);
    port.postMessage({ type: "state", state, last });
  };
};
