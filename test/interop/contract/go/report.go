// Package contract prints one JSON line per step of the shared scenario and makes requests without any SDK.
// Leaves out every SDK: a step fails by a panic, which is most easily raised by Equal and NoError.
package contract

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

type result struct {
	Step   string `json:"step"`
	State  string `json:"state"`
	Detail string `json:"detail"`
}

// Step runs one step; whatever it panics with is its failure, and the next step still runs. The returned text is a remark.
func Step(id string, action func() string) {
	defer func() {
		if failure := recover(); failure != nil {
			report(id, "fail", fmt.Sprintf("%s%v", place(), failure))
		}
	}()
	remark := action()
	report(id, "pass", remark)
}

// NotInSdk says of steps that the SDK has no call for them.
func NotInSdk(reason string, ids ...string) {
	for _, id := range ids {
		report(id, "not-in-sdk", reason)
	}
}

func report(id, state, detail string) {
	detail = strings.Join(strings.Fields(detail), " ")
	if len(detail) > 700 {
		detail = strings.ToValidUTF8(detail[:700], "")
	}
	line, err := json.Marshal(result{id, state, detail})
	NoError(err)
	fmt.Println(string(line))
}

// place names the line of the program in which a step failed.
func place() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			return fmt.Sprintf("%s:%d: ", frame.File[strings.LastIndex(frame.File, "/")+1:], frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// NoError fails the step if there is an error.
func NoError(err error) {
	if err != nil {
		panic(fmt.Sprintf("%T: %s", err, err.Error()))
	}
}

// Must gives the value of a call that must not fail.
func Must[T any](value T, err error) T {
	NoError(err)
	return value
}

// Equal fails the step if a value is not the wanted one.
func Equal[T comparable](actual, wanted T, what string) {
	if actual != wanted {
		panic(fmt.Sprintf("%s is %s, wanted %s", what, shorten(actual), shorten(wanted)))
	}
}

// True fails the step if a claim does not hold.
func True(holds bool, claim string) {
	if !holds {
		panic("It does not hold that " + claim)
	}
}

func shorten(value any) string {
	text := fmt.Sprintf("%#v", value)
	if len(text) > 200 {
		return fmt.Sprintf("%s... (%d characters)", text[:200], len(text))
	}
	return text
}

// Environment gives a variable that the runner always sets.
func Environment(name string) string {
	value, isSet := os.LookupEnv(name)
	if !isSet {
		fmt.Fprintf(os.Stderr, "Cannot run: %s is not set\n", name)
		os.Exit(2)
	}
	return value
}

// Required gives a variable that the runner cannot set while the server lacks something; the other one says what.
func Required(name, missingReason string) string {
	if value, isSet := os.LookupEnv(name); isSet {
		return value
	}
	panic(fmt.Sprintf("%s is not set: %s", name, os.Getenv(missingReason)))
}
