package refimpl

import "net/http"

// onePool lets upgrades use connections that other requests have left open. A transport
// keeps what must speak HTTP/1.1, and an upgrade must, apart from the rest, so that each
// socket would wait for a handshake. It knows an upgrade by the canonical spelling of a
// header; homes speak nothing but HTTP/1.1 and do not mind the spelling.
type onePool struct{ transport *http.Transport }

const upgradeHeader = "Upgrade"

func (p onePool) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.Header[upgradeHeader]
	if to == nil {
		return p.transport.RoundTrip(r)
	}
	respelled := r.WithContext(r.Context()) // a copy: the request is the caller's
	respelled.Header = r.Header.Clone()
	delete(respelled.Header, upgradeHeader)
	respelled.Header["upgrade"] = to
	return p.transport.RoundTrip(respelled)
}
