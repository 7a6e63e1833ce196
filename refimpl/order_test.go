package refimpl_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

// relay tells everybody what anybody says, with a number of its own before it. On a busy
// machine it may be idle for so long that it leaves memory: the number does not.
type relay struct{ said *int }

func relays() object.Class {
	said := new(int)
	return object.Class{Name: "relay", New: func(object.State) (object.Object, error) { return relay{said}, nil }}
}

func (r relay) Fetch(s object.State, request *object.Request) (*object.Response, error) {
	if request.Upgrade {
		_, err := s.Sockets().Accept()
		return &object.Response{Status: http.StatusSwitchingProtocols}, err
	}
	return &object.Response{Status: http.StatusOK}, r.tell(s, strings.TrimPrefix(request.Path, "/"))
}

func (r relay) WebSocketMessage(s object.State, _ object.Socket, m object.Message) error {
	return r.tell(s, string(m.Data))
}

func (r relay) tell(s object.State, what string) error {
	m := object.Text(fmt.Appendf(nil, "%d %s", *r.said, what))
	*r.said++
	for _, socket := range s.Sockets().All("") {
		if err := socket.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// However many speak at once, over sockets and with requests, each socket gets
// everything in the order in which the object said it, and what one speaker said in
// the order in which it spoke.
func TestEachSocketHasOneOrder(t *testing.T) {
	const speakers, each = 6, 150 // of each kind
	address, path := homeOf(t, refimpl.SocketLimits{}, relays())
	peers := make([]*rawPeer, speakers)
	for i := range peers {
		peers[i] = join(t, address, path("o"))
	}
	var all sync.WaitGroup
	for i, p := range peers {
		all.Go(func() {
			for n := range each {
				if _, err := p.conn.Write(text(fmt.Sprintf("socket%d-%d", i, n))); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for n := range each {
				answer, err := http.Post("http://"+address+path("o")+fmt.Sprintf("request%d-%d", i, n), "", nil)
				if err != nil {
					t.Error(err)
					return
				}
				_ = answer.Body.Close()
			}
		})
		all.Go(func() {
			if why := disorder(p, 2*speakers*each); why != "" {
				t.Errorf("socket %d: %s", i, why)
			}
		})
	}
	all.Wait()
}

// disorder hears so many messages and says what is wrong with their order.
func disorder(p *rawPeer, messages int) string {
	next := make(map[string]int)
	for n := range messages {
		var number, own int
		frame := p.next()
		said, found := strings.CutPrefix(frame, "text ")
		said = strings.Replace(said, "-", " ", 1)
		var who string
		if _, err := fmt.Sscan(said, &number, &who, &own); !found || err != nil {
			return fmt.Sprintf("heard %q", frame)
		}
		if number != n || own != next[who] {
			return fmt.Sprintf("heard %q as message %d, after %d of its speaker", frame, n, next[who])
		}
		next[who]++
	}
	return ""
}
