package classes_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl/classes"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/text"
	"github.com/durabench/durabench/reports/price"
)

func ExampleDocument() {
	d := open("/ws?userId=ann", "/ws?userId=bob")
	d.says(0, `{"type":"edit","base":0,"edits":[{"id":"a1","ops":["Hello"]}]}`)
	d.says(1, `{"type":"edit","base":0,"edits":[{"id":"b1","ops":["world"]}],"cursor":5}`)
	for _, frame := range d.wires[1].heard {
		fmt.Println(frame)
	}
	fmt.Println(d.ask("GET", "/text", ""))
	// Output:
	// {"type":"text","version":0,"text":"","present":[{"userId":"ann"},{"userId":"bob"}]}
	// {"type":"joined","userId":"bob"}
	// {"type":"edits","version":1,"edits":[{"id":"a1","ops":["Hello"],"userId":"ann"}]}
	// {"type":"edits","version":2,"edits":[{"id":"b1","ops":[5,"world"],"userId":"bob"}]}
	// {"type":"cursor","userId":"bob","position":5,"version":2}
	// 200 {"version":2,"text":"Helloworld"}
}

func edit(base int64, id, ops string) string {
	return fmt.Sprintf(`{"type":"edit","base":%d,"edits":[{"id":%q,"ops":%s}]}`, base, id, ops)
}

func TestDocumentAnswers(t *testing.T) {
	for _, row := range []struct{ story, frame, want string }{
		{"no JSON", `hello`, `"error"`},
		{"a change that is none", edit(1, "x", `[0]`), `"error"`},
		{"a base that never was", edit(9, "x", `["a"]`), `{"type":"refused","ids":["x"],"reason":"the log`},
		{"a base below zero", edit(-1, "x", `["a"]`), `"refused"`},
		{"an edit beyond the end", edit(1, "x", `[9,"a"]`), `"reason":"change reaches beyond the end of the text"`},
		{"an edit without a name", edit(1, "", `["a"]`), `"refused"`},
		{"a name that is too long", edit(1, strings.Repeat("n", 300), `["a"]`), `"refused"`},
		{"no edits", `{"type":"edit","base":1,"edits":[]}`, `{"type":"refused","ids":[]`},
		{"a text that would be too long", edit(1, "x", `["`+strings.Repeat("z", 200_000)+`"]`), `"edits"`},
		{"an edit that is sent again", edit(0, "first", `["Hello"]`), `{"type":"edits","version":1,"edits":[{"id":"first","ops":["Hello"],"userId":"ann"}]}`},
		{"letters that HTML would escape", edit(1, "x", `["<&>"]`), `"ops":["<&>"]`},
		{"a question", `{"type":"text"}`, `{"type":"text","version":1,"text":"Hello","present":[{"userId":"ann"}]}`},
		{"a cursor at an older version", `{"type":"cursor","base":0}`, `{"type":"cursor","userId":"ann","position":5,"version":1}`},
		{"what no document knows", `{"type":"dance"}`, `"version":1`},
	} {
		d := open("/ws?userId=ann")
		d.says(0, edit(0, "first", `["Hello"]`))
		d.says(0, row.frame)
		if got := d.wires[0].last(); !strings.Contains(got, row.want) {
			t.Errorf("%s: %.200s, want %s in it", row.story, got, row.want)
		}
		if strings.Contains(row.want, "refused") && len(d.written) > 0 {
			t.Errorf("%s: it wrote %q", row.story, d.written)
		}
	}
}

func TestDocumentOverHTTP(t *testing.T) {
	d := open("/ws?userId=ann")
	d.says(0, edit(0, "one", `["a"]`))
	d.says(0, edit(1, "two", `["b"]`))
	for _, row := range []struct{ story, path, query, want string }{
		{"text", "/text", "", `200 {"version":2,"text":"ba"}`},
		{"all changes", "/changes", "since=0", `"id":"one","ops":["a"],"userId":"ann"},{"id":"two"`},
		{"the last", "/changes", "since=1", `200 {"version":2,"edits":[{"id":"two"`},
		{"none yet", "/changes", "since=2", `200 {"version":2,"edits":[]}`},
		{"of the future", "/changes", "since=3", `410 {"oldest":0}`},
		{"no number", "/changes", "since=x", `410 `},
		{"joining without an upgrade", "/ws", "userId=u", `426 `},
		{"elsewhere", "/print", "", `404 `},
	} {
		if got := d.get(row.path, row.query); !strings.Contains(got, row.want) {
			t.Errorf("%s: %s, want %s", row.story, got, row.want)
		}
	}
	for _, path := range []string{"/ws", "/ws?userId=", "/ws?userId=" + strings.Repeat("u", 257)} {
		if status := d.join(path); status != http.StatusBadRequest {
			t.Errorf("joined at %.20s: status %d", path, status)
		}
	}
}

// A member that lost its connection goes on from the version it knew, and finds
// its own edit there if it had arrived.
func TestDocumentGoesOnFromAVersion(t *testing.T) {
	d := open("/ws?userId=ann")
	d.says(0, edit(0, "one", `["a"]`))
	d.says(0, edit(1, "two", `["b"]`))
	for _, row := range []struct{ since, want string }{
		{"1", `{"type":"edits","version":2,"edits":[{"id":"two","ops":["b"],"userId":"ann"}]}`},
		{"2", `{"type":"edits","version":3,"edits":[]}`},
		{"7", `{"type":"text","version":2,"text":"ba"`},
	} {
		d.join("/ws?userId=ann&since=" + row.since)
		if got := d.wires[len(d.wires)-1].heard[0]; !strings.HasPrefix(got, row.want) {
			t.Errorf("since %s: %s, want %s", row.since, got, row.want)
		}
	}
}

// Presence lives with the sockets: it outlives the instance, and is never stored.
func TestDocumentPresence(t *testing.T) {
	d := open("/ws?userId=ann", "/ws?userId=bob")
	d.says(0, edit(0, "one", `["Hello"]`))
	d.says(1, `{"type":"cursor","base":1,"position":5}`)
	if len(d.written) > 0 {
		t.Errorf("a cursor wrote %q", d.written)
	}
	d.says(0, edit(1, "two", `["> "]`))
	d.evict()
	d.says(0, `{"type":"text"}`)
	if got := d.wires[0].last(); !strings.Contains(got, `{"userId":"bob","position":7,"version":2}`) {
		t.Errorf("after an eviction: %s", got)
	}
	d.says(1, `{"type":"cursor","base":2,"position":-1}`)
	left := d.wires[1]
	if err := d.instance.(object.CloseHandler).WebSocketClose(d, left, object.Closing{Code: 1000}); err != nil {
		t.Fatal(err)
	}
	if got := d.wires[0].last(); got != `{"type":"left","userId":"bob"}` {
		t.Errorf("when a member left: %s", got)
	}
}

// A document of many edits keeps a bounded log, writes a row an edit and the text
// every hundred, and goes on after each eviction where it was.
func TestDocumentIsBoundedAndOutlivesTheInstance(t *testing.T) {
	d := open("/ws?userId=ann")
	want, rows := "", 0
	for n := range 2345 {
		letter := string(rune('a' + n%26))
		d.says(0, edit(int64(n), fmt.Sprint("e", n), fmt.Sprintf(`[%q]`, letter)))
		rows += len(d.written)
		want = letter + want
		if n%777 == 0 {
			d.evict()
		}
	}
	d.evict()
	if got := d.get("/text", ""); got != fmt.Sprintf(`200 {"version":2345,"text":%q}`, want) {
		t.Errorf("the text is %.60s …", got)
	}
	if keys := len(d.stored()); keys != 1001 {
		t.Errorf("%d keys are stored, want 1,000 edits and a text", keys)
	}
	if got := d.get("/changes", "since=1344"); got != `410 {"oldest":1345}` {
		t.Errorf("older than the log: %.60s", got)
	}
	if got := strings.Count(d.get("/changes", "since=1345"), `"id"`); got != 1000 {
		t.Errorf("%d changes", got)
	}
	usage := price.UsageOf("document")
	charged, _ := usage.Of("send")
	if got := float64(rows) / 2345; got < charged[price.ObjectRowWritten]-0.001 || got > charged[price.ObjectRowWritten]+0.001 {
		t.Errorf("%.3f rows an edit, charged are %v", got, charged[price.ObjectRowWritten])
	}
}

// Long edits leave the log early, so that what is stored stays far below what an
// object may store; the text never loses one.
func TestDocumentForgetsWhatIsMuch(t *testing.T) {
	d := open("/ws?userId=ann")
	long := strings.Repeat("x", 200_000)
	version := int64(0)
	for n := range 60 {
		d.says(0, edit(version, fmt.Sprint("in", n), fmt.Sprintf(`[%q]`, long)))
		d.says(0, edit(version+1, fmt.Sprint("out", n), `[-200000]`))
		version += 2
	}
	d.says(0, edit(version, "last", `["end"]`))
	stored := 0
	for _, value := range d.storage.entries {
		stored += len(value.Data)
	}
	if stored > 6<<20 {
		t.Errorf("%d bytes are stored", stored)
	}
	d.evict()
	if got := d.get("/text", ""); got != `200 {"version":121,"text":"end"}` {
		t.Errorf("the text is %.80s", got)
	}
}

// The largest text that there may be fits into one value, and a longer one is refused.
func TestDocumentHasALargestText(t *testing.T) {
	d := open("/ws?userId=ann")
	part := strings.Repeat("é", 100_000)
	refused := false
	for n := range int64(6) {
		d.says(0, edit(n, fmt.Sprint("e", n), fmt.Sprintf(`[%q]`, part)))
		refused = strings.Contains(d.wires[0].last(), "too long")
	}
	for range 100 { // until the text is stored
		d.says(0, edit(5, fmt.Sprint("s", len(d.wires[0].heard)), `[]`))
	}
	if value, ok := d.storage.entries["snapshot"]; !refused || !ok || len(value.Data) > object.MaxEntryBytes || len(value.Data) < 1_000_000 {
		t.Errorf("refused %v, %d bytes stored as one value", refused, len(value.Data))
	}
}

// What is stored in a way that no document stores it is refused, not guessed at.
func TestDocumentRefusesADamagedLog(t *testing.T) {
	for story, damage := range map[string]func(map[string]object.Value){
		"an edit is missing":       func(m map[string]object.Value) { delete(m, "edit:002") },
		"the text is missing":      func(m map[string]object.Value) { delete(m, "edit:001") },
		"an edit that is none":     func(m map[string]object.Value) { m["edit:002"] = object.Value{Codec: object.JSON, Data: []byte("x")} },
		"a text without a version": func(m map[string]object.Value) { m["snapshot"] = object.Value{Data: []byte("x")} },
		"an edit of another text":  func(m map[string]object.Value) { m["edit:003"] = record(3, `[99,"x"]`) },
	} {
		d := open("/ws?userId=ann")
		for n := range int64(3) {
			d.says(0, edit(n, fmt.Sprint("e", n), `["a"]`))
		}
		damage(d.storage.entries)
		if _, err := classes.Document().New(d); err == nil {
			t.Errorf("%s: was restored", story)
		}
	}
}

func record(version int64, ops string) object.Value {
	return object.Value{Codec: object.JSON, Data: fmt.Appendf(nil, `{"version":%d,"id":"x","ops":%s,"userId":"u"}`, version, ops)}
}

// FuzzDocument: whatever a member sends, the document stays one that can be
// restored, and its log explains its text.
func FuzzDocument(f *testing.F) {
	f.Add(edit(1, "x", `[1,"b",-1]`), int64(1))
	f.Add(`{"type":"edit","base":0,"edits":[{"id":"a","ops":[1]},{"id":"b","ops":["\u0000"]}],"cursor":-5}`, int64(0))
	f.Add(`{"type":"cursor","base":1,"position":9999999999}`, int64(0))
	f.Fuzz(func(t *testing.T, frame string, since int64) {
		d := open("/ws?userId=ann", "/ws?userId=bob")
		d.says(0, edit(0, "first", `["Hello"]`))
		d.says(1, frame)
		d.says(0, edit(1, "second", `[-1]`))
		before := d.get("/text", "")
		d.evict()
		if after := d.get("/text", ""); after != before {
			t.Errorf("%s before an eviction, %s after it", before, after)
		}
		d.get("/changes", fmt.Sprint("since=", since))
		var all struct{ Edits []text.Edit }
		_, body, _ := strings.Cut(d.get("/changes", "since=0"), " ")
		if err := json.Unmarshal([]byte(body), &all); err != nil {
			t.Fatal(err)
		}
		now := ""
		for _, e := range all.Edits {
			var err error
			if now, err = e.Change.Apply(now); err != nil {
				t.Fatal(err)
			}
		}
		quoted, _ := json.Marshal(now)
		if !strings.Contains(unescaped(before), unescaped(string(quoted))) {
			t.Errorf("the log makes %s, the text is %s", quoted, before)
		}
	})
}

// unescaped undoes what JSON may escape or not.
func unescaped(s string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(s)
}
