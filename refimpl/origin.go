package refimpl

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Origin is where a web page comes from, as browsers write it: https://example.com.
type Origin string

// ParseOrigin reads scheme, host and port. Neither "null" nor "*" is an origin:
// any page can have the one, and every page has the other.
func ParseOrigin(text string) (Origin, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil:
		return "", fmt.Errorf("read origin %.80q: it is no URL", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("read origin %.80q: want http:// or https://", text)
	case u.Hostname() == "" || strings.ContainsAny(u.Host, "* \\\""):
		return "", fmt.Errorf("read origin %.80q: want one host", text)
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return "", fmt.Errorf("read origin %.80q: want nothing behind host and port", text)
	}
	port := u.Port()
	if strings.HasSuffix(u.Host, ":") || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port) // browsers leave it out
	}
	return Origin(u.Scheme + "://" + strings.ToLower(u.Host)), nil
}

// errForeignPage answers the browser of somebody else's page.
var errForeignPage = errors.New("the page's origin is not allowed")

// gatekeeper keeps other people's pages from acting for whoever looks at them.
// A program that is no browser says no origin, and passes.
type gatekeeper struct {
	allowed map[Origin]bool
	writes  *http.CrossOriginProtection
}

func newGatekeeper(origins []Origin) gatekeeper {
	g := gatekeeper{allowed: make(map[Origin]bool), writes: http.NewCrossOriginProtection()}
	for _, o := range origins {
		g.allowed[o] = true
		if err := g.writes.AddTrustedOrigin(string(o)); err != nil {
			panic("refimpl: an origin that was not parsed: " + err.Error())
		}
	}
	return g
}

// check lets WebSockets in by the list alone, writes by the list or if page and
// edge have one origin, and reads always: the browser keeps their answers back.
func (g gatekeeper) check(r *http.Request) error {
	if upgrades(r) {
		for _, o := range r.Header["Origin"] {
			if !g.allowed[Origin(o)] {
				return fmt.Errorf("open WebSocket: %w", errForeignPage)
			}
		}
		return nil
	}
	if err := g.writes.Check(r); err != nil {
		return fmt.Errorf("%s: %w", r.Method, errForeignPage)
	}
	return nil
}

// upgrades says whether a request asks for another protocol than HTTP.
func upgrades(r *http.Request) bool { return len(r.Header["Upgrade"]) > 0 }
