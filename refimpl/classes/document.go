package classes

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/text"
)

// What a document takes from one member.
const (
	maxFrameBytes = 256 << 10 // of an edit; in storage, escaped, it is still below what a value may have
	maxEdits      = 100       // in one frame
	maxName       = 256       // bytes of a user's or an edit's name
)

// Document is a text that several members write at the same time. They join with
// a WebSocket at /ws?userId=U, and the object gives each edit the next version,
// rebased over those that its writer did not know (package text says how):
//
//	from a member   {"type":"edit","base":7,"edits":[{"id":"u-1","ops":[5,"new"]}],"cursor":8}
//	                {"type":"cursor","base":7,"position":5}    {"type":"text"}
//	to all          {"type":"edits","version":8,"edits":[{"id":"u-1","ops":[5,"new"],"userId":"u"}]}
//	                {"type":"cursor","userId":"u","version":8,"position":8}
//	                {"type":"joined","userId":"u"}    {"type":"left","userId":"u"}
//	to the writer   {"type":"refused","ids":["u-1"],"reason":"…"}
//	to who asks,    {"type":"text","version":8,"text":"…","present":[{"userId":"u","position":8}]}
//	and who joins   … or, with ?since=V, the edits after that version
//
// A version is that of the first edit in the frame. Its own edit coming back is
// the writer's acknowledgement. An edit that is sent again after a connection was
// lost is known by its id, and not applied again. Cursors are kept with the
// sockets, never stored. /text and /changes?since=V answer over HTTP.
func Document() object.Class { return DocumentBy(text.RebaseAll) }

// DocumentBy is Document with a rule of its own for edits that cross; a wrong one
// shows what the judges are worth.
func DocumentBy(rebase func(ordered, edits []text.Edit) []text.Edit) object.Class {
	return object.Class{
		Name: "document",
		New: func(s object.State) (object.Object, error) {
			d := &document{rebase: rebase}
			return d, d.restore(s.Storage())
		},
	}
}

type document struct {
	rebase func(ordered, edits []text.Edit) []text.Edit
	text   string
	ledger
}

func (d *document) Fetch(s object.State, request *object.Request) (*object.Response, error) {
	switch {
	case request.Path == "/ws":
		return d.join(s, request)
	case request.Method != http.MethodGet:
	case request.Path == "/text":
		return answer(http.StatusOK, struct {
			Version int64  `json:"version"`
			Text    string `json:"text"`
		}{d.version, d.text})
	case request.Path == "/changes":
		return d.changes(request)
	}
	return object.NotFound(), nil
}

func answer(status int, body any) (*object.Response, error) {
	encoded, err := encode(body)
	if err != nil {
		return nil, err
	}
	return &object.Response{Status: status, ContentType: object.JSONType, Body: encoded}, nil
}

func (d *document) changes(request *object.Request) (*object.Response, error) {
	edits, known := d.asked(request)
	if !known {
		return answer(http.StatusGone, struct {
			Oldest int64 `json:"oldest"`
		}{d.oldest()})
	}
	return answer(http.StatusOK, struct {
		Version int64     `json:"version"`
		Edits   []ordered `json:"edits"`
	}{d.version, append([]ordered{}, edits...)})
}

// asked is the edits after the version that a request names; not known if the
// log does not go back so far, or the version never was.
func (d *document) asked(request *object.Request) (edits []ordered, known bool) {
	since, _ := request.Param("since")
	version, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return nil, false
	}
	return d.after(version)
}

func (d *document) join(s object.State, request *object.Request) (*object.Response, error) {
	if !request.Upgrade {
		return &object.Response{Status: http.StatusUpgradeRequired, Body: []byte("Expected WebSocket upgrade")}, nil
	}
	user, ok := request.Param("userId")
	if !ok || user == "" || len(user) > maxName {
		return &object.Response{Status: http.StatusBadRequest, Body: []byte("Expected userId")}, nil
	}
	socket, err := s.Sockets().Accept()
	if err != nil {
		return nil, err
	}
	if err := keep(socket, member{User: user}); err != nil {
		return nil, err
	}
	if edits, known := d.asked(request); known {
		err = tell(socket, d.frame(edits))
	} else {
		err = d.show(s.Sockets(), socket)
	}
	if err != nil {
		return nil, err
	}
	return &object.Response{Status: http.StatusSwitchingProtocols}, tellAll(s.Sockets(), presence{"joined", user})
}

// frame gives the last edits of the log.
func (d *document) frame(last []ordered) editsFrame {
	return editsFrame{"edits", d.version - int64(len(last)) + 1, append([]ordered{}, last...)}
}

type editsFrame struct {
	Type    string    `json:"type"`
	Version int64     `json:"version"`
	Edits   []ordered `json:"edits"`
}

type presence struct {
	Type string `json:"type"`
	User string `json:"userId"`
}

// asking is what a member may send.
type asking struct {
	Type     string      `json:"type"`
	Base     int64       `json:"base"`
	Edits    []text.Edit `json:"edits"`
	Cursor   *int        `json:"cursor"`
	Position int         `json:"position"`
}

// WebSocketMessage takes edits, cursors and questions from a member.
func (d *document) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	var a asking
	if m.Binary || len(m.Data) > maxFrameBytes || json.Unmarshal(m.Data, &a) != nil {
		return tell(from, struct {
			Type  string `json:"type"`
			Error string `json:"error"`
		}{"error", "a frame that cannot be read"})
	}
	switch a.Type {
	case "edit":
		return d.take(s, from, a)
	case "cursor":
		return d.point(s.Sockets(), from, a.Base, a.Position)
	case "text":
		return d.show(s.Sockets(), from)
	}
	return nil // JSON, but nothing that a document knows
}

// take orders a member's edits and gives them to all.
func (d *document) take(s object.State, from object.Socket, a asking) error {
	before, known := d.after(a.Base)
	user := memberOf(from).User
	switch {
	case !known:
		return refuse(from, a.Edits, "the log does not reach back to the base")
	case len(a.Edits) == 0 || len(a.Edits) > maxEdits || !named(a.Edits):
		return refuse(from, a.Edits, "too many edits, or one without a name")
	}
	if at, again := find(before, user, a.Edits[0].ID); again {
		return tell(from, d.frame(before[at:]))
	}
	edits := d.rebase(plain(before), a.Edits)
	next := d.text
	for _, e := range edits {
		var err error
		if next, err = e.Change.Apply(next); err != nil {
			return refuse(from, a.Edits, err.Error())
		}
	}
	d.text = next
	for _, e := range edits {
		if err := d.append(s.Storage(), ordered{e, user}); err != nil {
			return err
		}
	}
	if err := d.settle(s.Storage(), d.text); err != nil {
		return err
	}
	if err := tellAll(s.Sockets(), d.frame(d.log[max(0, len(d.log)-len(edits)):])); err != nil {
		return err
	}
	if a.Cursor != nil {
		return d.point(s.Sockets(), from, d.version, *a.Cursor)
	}
	return nil
}

func named(edits []text.Edit) bool {
	for _, e := range edits {
		if e.ID == "" || len(e.ID) > maxName {
			return false
		}
	}
	return true
}

func plain(all []ordered) []text.Edit {
	edits := make([]text.Edit, len(all))
	for i, o := range all {
		edits[i] = o.Edit
	}
	return edits
}

// find is where a member's edit is, if it was ordered before.
func find(among []ordered, user, id string) (int, bool) {
	for i, o := range among {
		if o.ID == id && o.User == user {
			return i, true
		}
	}
	return 0, false
}

// idsOf is never null in JSON.
func idsOf(edits []text.Edit) []string {
	ids := []string{}
	for _, e := range edits {
		ids = append(ids, e.ID)
	}
	return ids
}

func refuse(to object.Socket, edits []text.Edit, reason string) error {
	return tell(to, struct {
		Type   string   `json:"type"`
		IDs    []string `json:"ids"`
		Reason string   `json:"reason"`
	}{"refused", idsOf(edits), reason})
}

func tell(to object.Socket, frame any) error {
	data, err := encode(frame)
	if err != nil {
		return err
	}
	to.Send(object.Text(data))
	return nil
}

// tellAll shares one copy of a frame among all members, its cause too.
func tellAll(sockets object.Sockets, frame any) error {
	data, err := encode(frame)
	if err != nil {
		return err
	}
	broadcast(sockets, data)
	return nil
}
