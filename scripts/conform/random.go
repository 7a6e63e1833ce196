package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
)

// randomGroup is the group of the random sequences.
const randomGroup = "random"

// random are seeded sequences for the classes that durabench serves: the same seed, the same sequences.
func random(seed uint64, seeds, steps int) []scenario {
	classes := []struct {
		name, story string
		draw        func(*rand.Rand, int) []step
	}{
		{"storage", "A random program of storage operations, turn after turn.", drawStorage},
		{"counter", "Random requests to three counters.", drawCounter},
		{"chat", "Members come, talk, say nonsense and go.", drawChat},
		{"account", "Random transfers, good and bad, within one object.", drawAccount},
		{"session", "Sessions are made, asked for and ended.", drawSession},
		{"limiter", "Random callers take tokens of three buckets.", drawLimiter},
		{"document", "Members who are behind each other edit one text.", drawDocument},
	}
	var all []scenario
	for i, c := range classes {
		for n := range seeds {
			drawn := seed + uint64(n)
			r := rand.New(rand.NewPCG(drawn, uint64(i)))
			all = append(all, scenario{
				Group: randomGroup, Name: fmt.Sprintf("%s-%d", c.name, drawn), Section: "8", Story: c.story, Steps: c.draw(r, steps),
			})
		}
	}
	return all
}

// must reads a step that this file wrote.
func must(format string, args ...any) step {
	s, err := parseStep(fmt.Sprintf(format, args...))
	if err != nil {
		panic(err)
	}
	return s
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func drawCounter(r *rand.Rand, n int) []step {
	var steps []step
	for range n {
		what := pick(r, "increment", "increment", "increment", "decrement", "decrement", "value", "value", "reset", "nothing")
		steps = append(steps, must("raw %s /counter/%s?id={%s}", pick(r, "GET", "POST"), what, pick(r, "one", "two", "three")))
	}
	return steps
}

func drawLimiter(r *rand.Rand, n int) []step {
	var steps []step
	for range n {
		steps = append(steps, must("raw %s /check as %s", pick(r, "GET", "POST"), pick(r, "one", "two", "three", "three", "three")))
	}
	return steps
}

func drawAccount(r *rand.Rand, n int) []step {
	var steps []step
	name := func() string { return pick(r, "a0", "a1", "a15", "a16", "ann", "größe", "a0") }
	for range n {
		body := fmt.Sprintf(`{"from":"%s","to":"%s","amount":%d}`, name(), name(), pick(r, 1, 10, 100, 700, 0, -5))
		switch r.IntN(12) {
		case 0:
			body = pick(r, "", "no JSON", `{"from":"a0","to":"a1","amount":1.5}`, `{"from":"a/b","to":"a1","amount":1}`, `{"from":"a0","to":"","amount":1}`)
		case 1:
			steps = append(steps, must("raw %s", pick(r, "GET /account/{b}", "GET /account/{b}/log", "PUT /account/{b}", "GET /account/{b}/nothing")))
		}
		quoted, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		steps = append(steps, must("raw POST /account/{b} {} %s", quoted))
	}
	return append(steps, must("raw GET /account/{b}"), must("raw GET /account/{b}/log"))
}

func drawSession(r *rand.Rand, n int) []step {
	var steps []step
	for range n {
		name := pick(r, "one", "two")
		steps = append(steps, must(pick(r,
			`raw POST /session/{%s}/create {} "{\"userId\":\"ann\",\"role\":\"<admin>\"}"`,
			`raw POST /session/{%s}/create {} "{\"n\":[1,2.5,null],\"createdAt\":7}"`,
			`raw POST /session/{%s}/create {} "[]"`,
			`raw POST /session/{%s}/create {} "no JSON"`,
			"raw GET /session/{%s}/get", "raw GET /session/{%s}/get", "raw POST /session/{%s}/get",
			"raw DELETE /session/{%s}/invalidate", "raw GET /session/{%s}/invalidate", "raw GET /session/{%s}/create", "raw GET /session/{%s}/other",
		), name))
	}
	return steps
}

// drawChat keeps the books of who is in the room and what each has still to get.
func drawChat(r *rand.Rand, n int) []step {
	members := map[string]int{} // what each is still to be sent
	var present []string
	var steps []step
	joined, spoken := 0, 0
	everybody := func() {
		for _, m := range present {
			members[m]++
		}
	}
	hear := func(m string) {
		if members[m] > 0 {
			steps = append(steps, must("take %s %d", m, members[m]))
			members[m] = 0
		}
	}
	for range n {
		switch choice := r.IntN(12); {
		case len(present) == 0 || choice == 0 && len(present) < 5:
			m := fmt.Sprintf("m%d", joined)
			joined++
			steps = append(steps, must("open %s /room/{room}/ws?userId=%s", m, url.QueryEscape(pick(r, m, "ann b", "größe"))))
			present = append(present, m)
			if spoken > 0 {
				members[m] = 1
			}
			hear(m)
		case choice == 1 && len(present) > 1:
			i := r.IntN(len(present))
			m := present[i]
			hear(m)
			present = append(present[:i:i], present[i+1:]...)
			steps = append(steps, must("close %s 1000 bye", m))
			everybody()
			for _, m := range present {
				hear(m)
			}
		case choice == 2:
			steps = append(steps, must("send %s %s", pick(r, present...), pick(r, `"[]"`, `"{\"type\":\"ping\"}"`, `"7"`, `"null"`)))
		case choice == 3:
			m := pick(r, present...)
			steps = append(steps, must("send %s %s", m, pick(r, `"no JSON"`, `""`, `"{"`)))
			members[m]++
			hear(m)
		default:
			m := pick(r, present...)
			steps = append(steps, must("send %s %s", m, frame(r)))
			spoken++
			everybody()
			for _, m := range present { // before the next speaks, so that there is one order
				hear(m)
			}
		}
	}
	return append(steps, must("raw GET /room/{room}/messages"))
}

// frame is a chat message, quoted once more for the step.
func frame(r *rand.Rand) string {
	text, err := json.Marshal(pick(r, "hello", "", "größe 😀", "<b>&amp;</b>", strings.Repeat("long ", r.IntN(50))))
	if err != nil {
		panic(err)
	}
	said := pick(r, `{"type":"chat","text":`+string(text)+`}`, `{"type":"chat","text":{"a":[1,2]}}`, `{"type":"chat"}`, `{"type":"chat","text":`+string(text)+`,"more":1}`)
	quoted, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// drawStorage makes turns of one to six operations over few keys, so that they meet.
func drawStorage(r *rand.Rand, n int) []step {
	var steps []step
	for range n {
		steps = append(steps, must("run a: %s", drawProgram(r, 1+r.IntN(6), 2)))
		if r.IntN(12) == 0 {
			steps = append(steps, must(`run a: abort "now"`))
		}
	}
	return steps
}

func drawProgram(r *rand.Rand, length, deep int) string {
	operations := make([]string, length)
	for i := range operations {
		operations[i] = drawOperation(r, deep)
	}
	return strings.Join(operations, "; ")
}

func drawOperation(r *rand.Rand, deep int) string {
	key := func() string { return pick(r, "a", "b", "c", "ab", "ba", "", "é", "😀", "a\\u0000") }
	switch r.IntN(14) {
	case 0, 1, 2:
		return fmt.Sprintf(`put "%s" %d`, key(), r.IntN(100))
	case 3:
		return fmt.Sprintf(`putMany [["%s",%d],["%s",%d]]`, key(), r.IntN(100), key(), r.IntN(100))
	case 4, 5:
		return fmt.Sprintf(`get "%s"`, key())
	case 6:
		return fmt.Sprintf(`getMany ["%s","%s","%s"]`, key(), key(), key())
	case 7:
		return fmt.Sprintf(`delete "%s"`, key())
	case 8:
		return fmt.Sprintf(`deleteMany ["%s","%s"]`, key(), key())
	case 9, 10:
		return "list " + pick(r, "{}", fmt.Sprintf(`{"start":"%s"}`, key()), fmt.Sprintf(`{"end":"%s","reverse":true}`, pick(r, "a", "b", "c")),
			`{"prefix":"a"}`, fmt.Sprintf(`{"startAfter":"%s","limit":%d}`, pick(r, "a", "b"), 1+r.IntN(3)))
	case 11:
		return pick(r, "setAlarm 60000", "setAlarm 120000", "deleteAlarm", "getAlarm", "deleteAll", "count")
	default:
		if deep == 0 {
			return "count"
		}
		return fmt.Sprintf("transaction ( %s%s )", drawProgram(r, 1+r.IntN(3), deep-1), pick(r, "", "", `; throw "no"`, "; rollback"))
	}
}
