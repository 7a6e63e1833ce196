package classes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/classes"
)

func ExampleSession() {
	session := live(classes.Session(30 * time.Minute))
	fmt.Println(session.ask("POST", "/create", `{"userId":"u1","role":"admin"}`))
	session.pass(29 * time.Minute)
	fmt.Println(session.ask("GET", "/get", ""))
	session.pass(29 * time.Minute)
	fmt.Println(session.ask("GET", "/get", ""))
	session.pass(31 * time.Minute)
	fmt.Println(session.ask("GET", "/get", ""))
	// Output:
	// 200 {"ok":true,"expiresIn":1800000}
	// 200 {"session":{"createdAt":1767225600000,"role":"admin","userId":"u1"}}
	// 200 {"session":{"createdAt":1767225600000,"role":"admin","userId":"u1"}}
	// 404 {"error":"Session not found"}
}

func TestSessionReplies(t *testing.T) {
	created := [][3]string{{"POST", "/create", `{"userId":"u"}`}}
	for _, row := range []struct {
		story string
		asks  [][3]string
		want  string
	}{
		{"nothing was created", [][3]string{{"GET", "/get", ""}}, `404 {"error":"Session not found"}`},
		{"no object", [][3]string{{"POST", "/create", `null`}}, `400 `},
		{"no JSON", [][3]string{{"POST", "/create", `user`}}, `400 `},
		{"nested data is kept as it is", append(created, [3]string{"POST", "/create", `{"metadata":{"a":[1,"<"]}}`}, [3]string{"GET", "/get", ""}), `"metadata":{"a":[1,"<"]}`},
		{"a second creation replaces the first", append(created, [3]string{"POST", "/create", `{"userId":"v"}`}, [3]string{"GET", "/get", ""}), `"userId":"v"}}`},
		{"invalidated", append(created, [3]string{"DELETE", "/invalidate", ""}, [3]string{"GET", "/get", ""}), `404 `},
		{"invalidated twice", append(created, [3]string{"DELETE", "/invalidate", ""}, [3]string{"DELETE", "/invalidate", ""}), `200 {"ok":true}`},
		{"only a DELETE invalidates", append(created, [3]string{"GET", "/invalidate", ""}), `404 Not Found`},
		{"only a POST creates", [][3]string{{"GET", "/create", ""}}, `404 Not Found`},
	} {
		session := live(classes.Session(time.Minute))
		got := ""
		for _, ask := range row.asks {
			got = session.ask(ask[0], ask[1], ask[2])
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%s: got %s, want %s in it", row.story, got, row.want)
		}
	}
}

func TestSessionLeavesNothingBehind(t *testing.T) {
	for _, end := range []func(*specimen){
		func(o *specimen) { o.pass(time.Minute) },
		func(o *specimen) { o.ask("DELETE", "/invalidate", "") },
	} {
		session := live(classes.Session(time.Minute))
		session.ask("POST", "/create", `{}`)
		end(session)
		if _, set := session.storage.alarmAt(); set || len(session.stored()) != 0 {
			t.Errorf("an ended session left %v, alarm %v", session.stored(), set)
		}
	}
}

// An alarm runs at least once: a run too many must not end a session that lives.
func TestSessionSurvivesAnAlarmTooMany(t *testing.T) {
	session := live(classes.Session(time.Minute))
	session.ask("POST", "/create", `{}`)
	session.ring(false) // while another alarm is set
	if got := session.ask("GET", "/get", ""); !strings.HasPrefix(got, "200") {
		t.Errorf("after an alarm before its time: %s", got)
	}
}
