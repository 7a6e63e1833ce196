package refimpl_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A home remembers that an object went to another one, which has stopped since; the object
// came back before. Whoever is sent there in vain is the last.
func TestAMemoryOfAHomeThatStoppedIsForgotten(t *testing.T) {
	w := newSilentWorld(t)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	w.move(t, "LHR-m", "NRT", "LHR")
	if err := w.nodes["NRT"].Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.nodes["NRT"] = nil
	if r := w.askAt("LHR", "GET", "LHR-m", "/all", ""); r.Code != http.StatusServiceUnavailable || r.Header().Get("X-Durabench-Moved") != "" {
		t.Errorf("sent to a home that has stopped: %d %v", r.Code, r.Header())
	}
	for range 2 {
		if r := w.askAt("LHR", "GET", "LHR-m", "/all", ""); r.Code != 200 || r.Body.String() != " 1" {
			t.Errorf("the next one: %d %v %s", r.Code, r.Header(), r.Body)
		}
	}
}

// What nodes say to edges is not an object's to say.
func TestAClassCannotSayWhereItsObjectLives(t *testing.T) {
	w := newWorld(t, straight)
	r := w.askAt("LHR", "GET", "LHR-m", "/lie", "")
	if r.Code != 200 || r.Header().Get("X-Durabench-Home") != "LHR" {
		t.Errorf("%d %v", r.Code, r.Header())
	}
	for name := range r.Header() {
		if strings.EqualFold(name, "X-Durabench-Moved") {
			t.Errorf("edges are told that it moved: %v", r.Header())
		}
	}
}

// An answer's headers begin anew after "100 Continue": the word of where the object went
// is in those that the client gets last.
func TestEdgesLearnFromAnswersThatBeginTwice(t *testing.T) {
	w := newWorld(t, straight)
	w.askAt("LHR", "POST", "LHR-m", "/add", "1")
	w.move(t, "LHR-m", "LHR", "NRT")
	front := httptest.NewServer(w.edges["LHR"])
	defer front.Close()
	for i, sentOn := range []bool{true, false} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/object/agent/LHR-m/add", strings.NewReader("7"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Expect", "100-continue")
		answer, err := front.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != 200 || (answer.Header.Get("X-Durabench-Moved") != "") != sentOn {
			t.Errorf("request %d: %d %v, want it sent on: %v", i+1, answer.StatusCode, answer.Header, sentOn)
		}
	}
}
