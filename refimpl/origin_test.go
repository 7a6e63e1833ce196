package refimpl_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

func TestParseOrigin(t *testing.T) {
	for text, want := range map[string]refimpl.Origin{
		"https://example.com":       "https://example.com",
		"https://Example.com/":      "https://example.com",
		"http://localhost:3000":     "http://localhost:3000",
		"https://example.com:443":   "https://example.com",
		"http://example.com:80":     "http://example.com",
		"http://example.com:443":    "http://example.com:443",
		"http://[::1]:3000":         "http://[::1]:3000",
		"null":                      "",
		"*":                         "",
		"":                          "",
		"https://":                  "",
		"https://*.example.com":     "",
		"example.com":               "",
		"ftp://example.com":         "",
		"https://example.com/a":     "",
		"https://example.com?":      "",
		"https://example.com#":      "",
		"https://me@example.com":    "",
		"https://example.com\x00":   "",
		"javascript://example.com":  "",
		"https://example.com:99999": "https://example.com:99999", // no browser says so: it lets nobody in
	} {
		if got, err := refimpl.ParseOrigin(text); got != want || (err == nil) != (want != "") {
			t.Errorf("ParseOrigin(%q): %q, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzParseOrigin(f *testing.F) {
	for _, text := range []string{"https://example.com:443", "http://[::1]:80", "null", "http://a:", "https://A:0443"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		origin, err := refimpl.ParseOrigin(text)
		if err != nil {
			return
		}
		if again, err := refimpl.ParseOrigin(string(origin)); again != origin || err != nil {
			t.Errorf("ParseOrigin(%q): %q, and that again: %q, %v", text, origin, again, err)
		}
		refimpl.NewEdge(refimpl.EdgeConfig{Origins: []refimpl.Origin{origin}}) // panics at what the library does not take
	})
}

// behindOrigins is an edge that allows https://good.example.
func behindOrigins(t *testing.T) *httptest.Server {
	t.Helper()
	server := memory.NewServer(4)
	all := []object.Class{classes.Counter(), classes.Chat()}
	node := start(t, server, all)
	good, err := refimpl.ParseOrigin("https://good.example")
	if err != nil {
		t.Fatal(err)
	}
	edge := httptest.NewServer(refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", all), Directory: memory.NewDirectory(server),
		Homes: map[regions.ID]refimpl.Home{home: node}, Clock: refimpl.SystemClock(), Origins: []refimpl.Origin{good},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	}))
	t.Cleanup(func() {
		edge.Client().CloseIdleConnections()
		edge.Close()
	})
	return edge
}

func TestForeignPagesCannotActForTheirVisitors(t *testing.T) {
	edge := behindOrigins(t)
	own := edge.URL
	for _, row := range []struct {
		story, method, origin, site string
		status                      int
	}{
		{"a program that is no browser", "POST", "", "", 200},
		{"a page of the edge's own origin", "POST", own, "same-origin", 200},
		{"an old browser, own origin", "POST", own, "", 200},
		{"a page on the list", "POST", "https://good.example", "cross-site", 200},
		{"somebody else's page", "POST", "https://bad.example", "cross-site", 403},
		{"somebody else's page in an old browser", "POST", "https://bad.example", "", 403},
		{"a page that hides its origin", "POST", "null", "cross-site", 403},
		{"a neighbour below the same domain", "POST", "https://other.good.example", "same-site", 403},
		{"somebody else's page that only looks", "GET", "https://bad.example", "cross-site", 200},
	} {
		r, err := http.NewRequestWithContext(t.Context(), row.method, edge.URL+"/counter/value", nil)
		if err != nil {
			t.Fatal(err)
		}
		for header, value := range map[string]string{"Origin": row.origin, "Sec-Fetch-Site": row.site} {
			if value != "" {
				r.Header.Set(header, value)
			}
		}
		answer, err := edge.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != row.status {
			t.Errorf("%s: %s with origin %q: %d, want %d", row.story, row.method, row.origin, answer.StatusCode, row.status)
		}
	}
}

func TestWebSocketsComeFromListedOriginsOnly(t *testing.T) {
	edge := behindOrigins(t)
	for origin, good := range map[string]bool{
		"": true, "https://good.example": true,
		"https://bad.example": false, "null": false, "http://good.example": false, "https://good.example:444": false,
		edge.URL: false, // whoever wants its own pages lists them
	} {
		header := make(http.Header)
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(edge.URL, "http")+"/room/r/ws?userId=u", header)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != good || !good && answer.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %v, want good %v", origin, err, good)
		}
	}
}
