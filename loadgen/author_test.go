package loadgen_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/text"
)

func ExampleAuthor() {
	a := loadgen.NewAuthor()
	_ = a.Write("u-1") // waits for the text
	frame, _ := a.Next()
	fmt.Println(frame == nil)
	fmt.Println(a.Hear([]byte(`{"type":"text","version":7,"text":"Hello"}`))[0].Version)
	frame, _ = a.Next()
	fmt.Println(string(frame))
	heard := a.Hear([]byte(`{"type":"edits","version":8,"edits":[{"id":"u-1","ops":[2,"u-1 "],"userId":"u"}]}`))
	fmt.Println(heard[0].Kind, heard[0].Text, heard[0].Version)
	// Output:
	// true
	// 7
	// {"type":"edit","base":7,"edits":[{"id":"u-1","ops":[5,"u-1 "]}]}
	// deliver u-1 8
}

// library is as much of a document as these tests need; what it should do wrong is a flag.
type library struct {
	mu      sync.Mutex
	text    string
	log     []text.Edit
	sockets []*websocket.Conn
	refuse  int // so many edits
	mute    bool
}

// take gives the frames that go to all, and those that go to who asked.
func (l *library) take(frame []byte) (toAll, back []string) {
	var in struct {
		Type  string
		Base  int64
		Edits []text.Edit
	}
	if err := json.Unmarshal(frame, &in); err != nil {
		panic(err)
	}
	switch {
	case l.mute:
		return nil, nil
	case in.Type == "text":
		return nil, []string{l.shown()}
	case l.refuse > 0:
		l.refuse--
		return nil, []string{fmt.Sprintf(`{"type":"refused","ids":[%q],"reason":"not today"}`, in.Edits[0].ID)}
	}
	edits := text.RebaseAll(l.log[in.Base:], in.Edits)
	for _, e := range edits {
		var err error
		if l.text, err = e.Change.Apply(l.text); err != nil {
			panic(err)
		}
	}
	first := len(l.log) + 1
	l.log = append(l.log, edits...)
	out, _ := json.Marshal(map[string]any{"type": "edits", "version": first, "edits": edits})
	return []string{string(out)}, nil
}

func (l *library) shown() string {
	out, _ := json.Marshal(map[string]any{"type": "text", "version": len(l.log), "text": l.text})
	return string(out)
}

// since is what an author that joins again is given.
func (l *library) since(version int64, known bool) string {
	if !known || version < int64(len(l.log))-3 {
		return l.shown()
	}
	out, _ := json.Marshal(map[string]any{"type": "edits", "version": version + 1, "edits": append([]text.Edit{}, l.log[version:]...)})
	return string(out)
}

// Authors whose connections are lost now and then go on where they were: what was
// ordered they hear once, and what was not they send again.
func TestAuthorsComeBack(t *testing.T) {
	texts := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 6))
		l := &library{}
		const authors = 3
		all, up, down := make([]*loadgen.Author, authors), make([][][]byte, authors), make([][]string, authors)
		at, written, came := make([]int64, authors), make(map[string]bool), make(map[string]bool)
		for i := range all {
			all[i] = loadgen.NewAuthor()
			down[i] = append(down[i], l.shown())
		}
		for step := 0; step < 3000; step++ {
			n := r.IntN(authors)
			switch do := r.IntN(5); {
			case step < 2000 && r.IntN(40) == 0:
				all[n].Leave()
				down[n] = []string{l.since(all[n].Join())}
				up[n] = nil
			case do == 0 && step < 2000:
				name := fmt.Sprint("e", step)
				written[name] = true
				if err := all[n].Write(name); err != nil {
					t.Fatal(err)
				}
			case do <= 2 && len(up[n]) > 0:
				toAll, back := l.take(up[n][0])
				up[n] = up[n][1:]
				for i := range down {
					down[i] = append(down[i], toAll...)
				}
				down[n] = append(down[n], back...)
			case len(down[n]) > 0:
				for _, h := range all[n].Hear([]byte(down[n][0])) {
					switch {
					case h.Kind == loadgen.Send:
						continue
					case h.Kind == loadgen.Look:
						texts++
					case h.Kind == loadgen.Resume && h.Version != at[n] || h.Kind == loadgen.Deliver && h.Version != at[n]+1:
						t.Fatalf("seed %d: %+v after version %d", seed, h, at[n])
					}
					at[n] = h.Version
					came[h.Text] = true
				}
				down[n] = down[n][1:]
			}
			for frame, err := all[n].Next(); frame != nil || err != nil; frame, err = all[n].Next() {
				if err != nil {
					t.Fatal(err)
				}
				up[n] = append(up[n], frame)
			}
		}
		ordered := make(map[string]bool)
		for _, e := range l.log {
			if ordered[e.ID] {
				t.Errorf("seed %d: edit %s was ordered twice", seed, e.ID)
			}
			ordered[e.ID] = true
		}
		if len(ordered) < len(written)*9/10 {
			t.Errorf("seed %d: of %d edits %d were ordered", seed, len(written), len(ordered))
		}
	}
	if texts < 70 {
		t.Errorf("%d texts given: nobody was away for long", texts)
	}
}

// Authors whose frames take their time write one text, whoever they are.
func TestAuthorsConverge(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		l := &library{}
		const authors = 3
		all, up, down := make([]*loadgen.Author, authors), make([][][]byte, authors), make([][]string, authors)
		sums := map[int64]string{}
		for i := range all {
			all[i] = loadgen.NewAuthor()
			down[i] = append(down[i], l.shown())
		}
		for step := 0; step < 1500; step++ {
			n := r.IntN(authors)
			switch do := r.IntN(5); {
			case do == 0 && step < 1000:
				if err := all[n].Write(fmt.Sprint("e", step)); err != nil {
					t.Fatal(err)
				}
			case do == 1 && r.IntN(10) == 0 && step < 1000:
				all[n].Look(fmt.Sprint("l", step))
			case do <= 2 && len(up[n]) > 0:
				toAll, back := l.take(up[n][0])
				up[n] = up[n][1:]
				for i := range down {
					down[i] = append(down[i], toAll...)
				}
				down[n] = append(down[n], back...)
			case len(down[n]) > 0:
				for _, h := range all[n].Hear([]byte(down[n][0])) {
					if h.Lost {
						continue
					}
					if h.Sum == "" || h.Sum == loadgen.Misfit || sums[h.Version] != "" && sums[h.Version] != h.Sum {
						t.Fatalf("seed %d: %+v, others have %s", seed, h, sums[h.Version])
					}
					sums[h.Version] = h.Sum
				}
				down[n] = down[n][1:]
			}
			for {
				frame, err := all[n].Next()
				if err != nil {
					t.Fatal(err)
				}
				if frame == nil {
					break
				}
				up[n] = append(up[n], frame)
			}
		}
		if len(sums) < 100 || text.Sum(l.text) != sums[int64(len(l.log))] && len(down[0])+len(down[1])+len(down[2]) == 0 {
			t.Errorf("seed %d: %d versions", seed, len(sums))
		}
		if n := len(l.text); n > 5000 {
			t.Errorf("seed %d: the text has %d letters: authors do not tire", seed, n)
		}
	}
}

// What does not fit is told as it came, and the author goes on from the object's text.
func TestAuthorsGoOnAfterWhatDoesNotFit(t *testing.T) {
	for _, row := range []struct {
		story, frame, sum string
		asks              bool
	}{
		{"a version was left out", `{"type":"edits","version":3,"edits":[{"id":"x","ops":["y"]}]}`, "", true},
		{"an edit of another text", `{"type":"edits","version":2,"edits":[{"id":"x","ops":[99,"y"]}]}`, loadgen.Misfit, true},
		{"a version that is known", `{"type":"edits","version":1,"edits":[{"id":"x","ops":["y"]}]}`, "", false},
		{"an edit that fits", `{"type":"edits","version":2,"edits":[{"id":"x","ops":["y"]}]}`, text.Sum("yabc"), false},
	} {
		a := loadgen.NewAuthor()
		a.Hear([]byte(`{"type":"text","version":1,"text":"abc"}`))
		heard := a.Hear([]byte(row.frame))
		frame, _ := a.Next()
		if len(heard) != 1 || heard[0].Kind != loadgen.Deliver || heard[0].Sum != row.sum || (frame != nil) != row.asks {
			t.Errorf("%s: heard %+v, then says %s", row.story, heard, frame)
		}
		if !row.asks {
			continue
		}
		if between := a.Hear([]byte(`{"type":"edits","version":4,"edits":[{"id":"z","ops":[]}]}`)); between[0].Sum != "" {
			t.Errorf("%s: without a text, it summed up %+v", row.story, between)
		}
		again := a.Hear([]byte(`{"type":"text","version":5,"text":"new"}`))
		if len(again) != 1 || again[0].Kind != loadgen.Look || again[0].Text != "" || again[0].Sum != text.Sum("new") {
			t.Errorf("%s: started again with %+v", row.story, again)
		}
	}
	for _, noise := range []string{"", "x", `{"type":"cursor","userId":"u"}`, `{"type":"joined"}`, `[]`} {
		if heard := loadgen.NewAuthor().Hear([]byte(noise)); len(heard) != 0 {
			t.Errorf("%q told %+v", noise, heard)
		}
	}
}

// FuzzHear: whatever is heard, an author lives on, and what it says can be read.
func FuzzHear(f *testing.F) {
	f.Add(`{"type":"edits","version":1,"edits":[{"id":"x","ops":[1,"a",-9]}]}`, `{"type":"text","version":-5,"text":"\ud800"}`)
	f.Add(`{"type":"refused","ids":["u-1",""]}`, `{"type":"edits","version":9223372036854775807,"edits":[{},{}]}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		a := loadgen.NewAuthor()
		a.Hear([]byte(`{"type":"text","version":0,"text":"Hello"}`))
		_ = a.Write("u-1")
		for _, frame := range []string{one, two, one, two} {
			a.Hear([]byte(frame))
			a.Look("l")
			for range 5 {
				said, err := a.Next()
				if err != nil || said == nil {
					break
				}
				if !json.Valid(said) {
					t.Fatalf("said %q", said)
				}
			}
		}
	})
}
