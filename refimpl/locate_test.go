package refimpl_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// echoHome answers which home it is and whom it was asked for.
type echoHome regions.ID

func (h echoHome) Serve(w http.ResponseWriter, r *http.Request, to refimpl.Target) {
	_ = json.NewEncoder(w).Encode(echoed{string(h), to.Object.Class, to.Object.ID.String(), to.Object.Name, to.Path})
	for _, header := range []string{refimpl.HintHeader, refimpl.JurisdictionHeader} {
		if r.Header.Get(header) != "" {
			panic("the header " + header + " is not the object's")
		}
	}
}

type echoed struct{ Home, Class, ID, Name, Path string }

// places is an edge with homes in three parts of the world; Singapore unless anything speaks against it.
type places struct {
	edge   *refimpl.Edge
	server *memory.Server
}

func newPlaces(t *testing.T) *places {
	t.Helper()
	world, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := &places{server: memory.NewServer(4)}
	p.edge = p.another(world, "SIN")
	return p
}

func (p *places) another(world *regions.Map, first regions.ID) *refimpl.Edge {
	homes := make(map[regions.ID]refimpl.Home)
	for _, id := range []regions.ID{"SIN", "FRA", "IAD"} {
		homes[id] = echoHome(id)
	}
	return refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", []object.Class{{Name: "counter"}, {Name: "probe"}}),
		Directory:  memory.NewDirectory(p.server), Homes: homes, Map: world, Clock: refimpl.SystemClock(),
		Place: func(ask refimpl.Ask) (regions.ID, error) {
			for _, h := range ask.Homes {
				if h == first {
					return h, nil
				}
			}
			return ask.Homes[0], nil
		},
	})
}

func (p *places) ask(t *testing.T, method, path string, headers ...string) (int, echoed, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	p.edge.ServeHTTP(w, r)
	var e echoed
	_ = json.Unmarshal(w.Body.Bytes(), &e)
	return w.Code, e, w.Body.String()
}

func TestHintsAndJurisdictionsChooseHomes(t *testing.T) {
	for _, row := range []struct {
		story         string
		headers       []string
		home, refusal string
	}{
		{"the strategy decides", nil, "SIN", ""},
		{"a hint comes before the strategy", []string{refimpl.HintHeader, "weur"}, "FRA", ""},
		{"a hint without a site here: the nearest to it", []string{refimpl.HintHeader, "wnam"}, "IAD", ""},
		{"law comes before the strategy", []string{refimpl.JurisdictionHeader, "eu"}, "FRA", ""},
		{"law comes before a hint", []string{refimpl.JurisdictionHeader, "us", refimpl.HintHeader, "weur"}, "IAD", ""},
		{"a misspelt hint", []string{refimpl.HintHeader, "weru"}, "", `did you mean weur?`},
		{"a misspelt jurisdiction", []string{refimpl.JurisdictionHeader, "fedrmap"}, "", `did you mean fedramp?`},
	} {
		p := newPlaces(t)
		status, got, body := p.ask(t, http.MethodGet, "/counter/value?id=a", row.headers...)
		if got.Home != row.home || (status == 400) != (row.refusal != "") || !strings.Contains(body, row.refusal) {
			t.Errorf("%s: %d in %q: %s, want %q %q", row.story, status, got.Home, body, row.home, row.refusal)
		}
	}
}

func TestOnlyTheFirstUseListensToAHint(t *testing.T) {
	p := newPlaces(t)
	for _, hint := range []string{"weur", "enam"} {
		if _, got, _ := p.ask(t, http.MethodGet, "/counter/value?id=a", refimpl.HintHeader, hint); got.Home != "FRA" {
			t.Errorf("hint %s: lives in %s", hint, got.Home)
		}
	}
	world, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	p.edge = p.another(world, "SIN") // one that has never heard of it
	if _, got, _ := p.ask(t, http.MethodGet, "/counter/value?id=a", refimpl.HintHeader, "enam"); got.Home != "FRA" {
		t.Errorf("seen from another edge, it lives in %s", got.Home)
	}
}

func TestObjectsByID(t *testing.T) {
	p := newPlaces(t)
	_, byName, _ := p.ask(t, http.MethodGet, "/object/probe/a/x/y", refimpl.JurisdictionHeader, "eu")
	if byName.Name != "a" || byName.Path != "/x/y" {
		t.Fatalf("by name: %+v", byName)
	}
	_, elsewhere, _ := p.ask(t, http.MethodGet, "/object/probe/a")
	if elsewhere.ID == byName.ID {
		t.Error("one name in two jurisdictions is one object")
	}
	unique := p.makeID(t, http.MethodPost, "/id/probe", refimpl.JurisdictionHeader, "eu")
	if named := p.makeID(t, http.MethodGet, "/id/probe?name=a", refimpl.JurisdictionHeader, "eu"); named != byName.ID {
		t.Errorf("the ID of a name: %s, want %s", named, byName.ID)
	}
	foreign := object.NewNamespace("probe", "elsewhere").IDFromName("a").String()
	for _, row := range []struct {
		story, id, jurisdiction string
		status                  int
	}{
		{"any ID, on the whole namespace", byName.ID, "", 200},
		{"in its own jurisdiction", byName.ID, "eu", 200},
		{"in another", byName.ID, "us", 400},
		{"of none, in one", elsewhere.ID, "eu", 400},
		{"unique", unique, "", 200},
		{"unique, in another jurisdiction", unique, "us", 400},
		{"of another deployment", foreign, "", 400},
		{"not an ID", "12", "", 400},
	} {
		var headers []string
		if row.jurisdiction != "" {
			headers = []string{refimpl.JurisdictionHeader, row.jurisdiction}
		}
		status, got, body := p.ask(t, http.MethodGet, "/object/probe/id:"+row.id+"/x", headers...)
		if status != row.status || status == 200 && (got.ID != row.id || got.Name != "" || got.Path != "/x") {
			t.Errorf("%s: %d %s, want %d", row.story, status, body, row.status)
		}
	}
	if _, got, _ := p.ask(t, http.MethodGet, "/object/probe/id:"+unique); got.Home != "FRA" {
		t.Errorf("a unique ID of the eu lives in %s", got.Home)
	}
}

func (p *places) makeID(t *testing.T, method, path string, headers ...string) string {
	t.Helper()
	status, made, body := p.ask(t, method, path, headers...)
	if status != http.StatusOK || len(made.ID) != 64 {
		t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	return made.ID
}

func TestWhatAnEdgeRefuses(t *testing.T) {
	p := newPlaces(t)
	for _, row := range []struct {
		story, method, path string
		status              int
	}{
		{"a class that is not served", "GET", "/room/a/messages", 404},
		{"a class that nobody knows", "GET", "/object/nothing/a", 404},
		{"a class with a route of its own", "GET", "/object/counter/a/value", 404},
		{"an ID for a class that is not served", "POST", "/id/chat", 404},
		{"an ID of a bad name", "GET", "/id/probe?name=a%2Fb", 400},
		{"an ID of no name", "GET", "/id/probe", 400},
		{"an ID by another method", "DELETE", "/id/probe", 400},
		{"a path step as a name", "GET", "/object/probe/%2e%2e/x", 400},
		{"an empty name", "GET", "/object/probe//x", 400},
		{"an empty ID", "GET", "/object/probe/id:/x", 400},
		{"a twice escaped slash stays a name", "GET", "/object/probe/a%252Fb/x", 200},
	} {
		if status, _, body := p.ask(t, row.method, row.path); status != row.status {
			t.Errorf("%s: %s %s: %d %s, want %d", row.story, row.method, row.path, status, body, row.status)
		}
	}
}

func TestEdgesWithoutAMap(t *testing.T) {
	d := deploy(t)
	for _, header := range []string{refimpl.HintHeader, refimpl.JurisdictionHeader} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/counter/value", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(header, "eu")
		answer, err := d.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s without a map: %d, want 400", header, answer.StatusCode)
		}
	}
}
