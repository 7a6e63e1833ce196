package classes_test

import (
	"fmt"
	"strings"

	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
)

// desktop is a document with sockets.
type desktop struct {
	*specimen
	wires   []*wire
	joining *wire
}

// wire is a socket and what its member heard.
type wire struct {
	object.Socket
	attachment []byte
	heard      []string
}

func (w *wire) Send(m object.Message) error     { w.heard = append(w.heard, string(m.Data)); return nil }
func (w *wire) Close(int, string) error         { return nil }
func (w *wire) Attachment() []byte              { return w.attachment }
func (w *wire) SetAttachment(data []byte) error { w.attachment = data; return nil }
func (w *wire) last() string                    { return w.heard[len(w.heard)-1] }
func (d *desktop) Sockets() object.Sockets      { return sockets{of: d} }
func (s sockets) Accept(...string) (object.Socket, error) {
	s.of.wires = append(s.of.wires, s.of.joining)
	return s.of.joining, nil
}

type sockets struct {
	object.Sockets
	of *desktop
}

func (s sockets) All(string) []object.Socket {
	var all []object.Socket
	for _, w := range s.of.wires {
		all = append(all, w)
	}
	return all
}

// open is a document with members that joined.
func open(joins ...string) *desktop {
	d := &desktop{specimen: live(classes.Document())}
	for _, path := range joins {
		d.join(path)
	}
	return d
}

func (d *desktop) join(path string) int {
	d.joining = &wire{}
	path, query, _ := strings.Cut(path, "?")
	reply, err := d.instance.Fetch(d, &object.Request{Method: "GET", Path: path, Query: query, Upgrade: true})
	if err != nil {
		panic(err)
	}
	return reply.Status
}

func (d *desktop) says(member int, frame string) {
	d.written = nil
	err := d.instance.(object.MessageHandler).WebSocketMessage(d, d.wires[member], object.Text([]byte(frame)))
	if err != nil {
		panic(err)
	}
}

func (d *desktop) get(path, query string) string {
	reply, err := d.instance.Fetch(d, &object.Request{Method: "GET", Path: path, Query: query})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%d %s", reply.Status, reply.Body)
}
