package refimpl_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

func TestHibernationKeepsWhatBelongsToTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTold()
		at, path := homeInMemory(t, refimpl.SocketLimits{}, c.class())
		p := joinInMemory(t, at, path("o")+"?tags=a,b,a")
		p.asks("", "text welcome", "who a", `text joined by a,b,a with ["a" "b"], 1 tagged a`, "auto ping=pong", "text set")
		<-c.made
		p.send(ping("before")) // neither this nor the auto-response is a reason to stay awake, or to wake
		p.asks("", "pong before")
		time.Sleep(idle) // of the bubble
		p.asks("ping", "text pong", "ping", "text pong")
		if len(c.made) > 0 {
			t.Fatal("an auto-response woke the object")
		}
		p.asks("when", "text answered: true")
		if len(c.made) == 0 { // a message to an object that sleeps makes a new instance
			t.Fatal("the object did not sleep")
		}
		p.asks("who b", `text joined by a,b,a with ["a" "b"], 1 tagged b`, "unset x", "text unset", "when", "text answered: true")
		p.send(text("ping")) // now it is a message like any other, which the class does not know
		p.asks("when", "text answered: true")
	})
}

func TestAutoResponsesAreForEqualTextsOnly(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome", "when", "text answered: false", "auto who=me", "text set", "who", "text me")
	p.send(bin("who"))
	p.asks("", `text joined by  with [""], 1 tagged `, "who ", `text joined by  with [""], 1 tagged `)
	long := strings.Repeat("x", object.MaxAutoResponseBytes)
	p.asks("auto "+long+"="+long, "text set", long, "text "+long)
	p.asks("auto x"+long+"=no", "text set", long, "text "+long) // refused: the pair before stands
}

func TestClosingByTheObject(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	for _, row := range []struct {
		code int
		bad  bool
	}{{1000, false}, {1011, false}, {3000, false}, {4999, false}, {2999, false}, {999, true}, {1004, true}, {1005, true}, {1006, true}, {1015, true}, {5000, true}} {
		p := join(t, address, path(fmt.Sprint(row.code)))
		p.asks("", "text welcome")
		p.send(text(fmt.Sprint("close ", row.code)))
		c.expect(t, fmt.Sprint(row.bad, true, !row.bad))
		if row.bad {
			p.asks("", "text late")
			continue
		}
		p.asks("", fmt.Sprint("close ", row.code))
		p.send(code(row.code%1000+3000, "bye"))
		c.expect(t, fmt.Sprintf("closed %d bye clean=true", row.code%1000+3000))
		p.asks("", "end")
	}
}

func TestAConnectionThatIsLostIsHeardOnce(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome")
	p.conn.Close()
	c.expect(t, "closed 1006 the connection was lost clean=false")
	q := join(t, address, path("o"))
	q.asks("", "text welcome", "who", `text joined by  with [""], 1 tagged `)
	if len(c.heard) > 0 {
		t.Errorf("heard also: %s", <-c.heard)
	}
}

// get asks over a connection of its own.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r
}

func TestAResetCutsItsSockets(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome")
	if r := get(t, "http://"+address+path("o")+"panic"); r.StatusCode != 500 {
		t.Fatal(r.Status)
	}
	p.asks("", "end") // without a Close frame
	if len(c.heard) > 0 {
		t.Errorf("the new instance heard of it: %s", <-c.heard)
	}
}
