// SPDX-License-Identifier: Apache-2.0

package watchdog

import "time"

// ReloadResult is how one reload ended.
type ReloadResult struct {
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended"`
	Refused  string    `json:"refused,omitempty"`  // why the running configuration stays; empty: it was replaced
	Problems []string  `json:"problems,omitempty"` // of single processes, which go on with the old configuration
}

// OK says whether all processes run the new configuration.
func (r ReloadResult) OK() bool { return r.Refused == "" && len(r.Problems) == 0 }

// ReloadStatus counts the reloads since the daemon started.
type ReloadStatus struct {
	Done    uint64        `json:"done"`
	Partial uint64        `json:"partial"` // done, but not by every process
	Refused uint64        `json:"refused"`
	Last    *ReloadResult `json:"last,omitempty"`
}

// reloads keeps the results, and who waits for one.
type reloads struct {
	ReloadStatus
	now      ReloadResult
	current  []chan<- ReloadResult // wait for the reload that is under way
	next     []chan<- ReloadResult // wait for the one after it
	underWay bool
}

func (r *reloads) begin(now time.Time) {
	r.now = ReloadResult{Began: now}
	r.current, r.next, r.underWay = r.next, nil, true
}

// problem notes what a process has against the reload.
func (r *reloads) problem(text string) {
	if r.underWay {
		r.now.Problems = append(r.now.Problems, text)
	}
}

// end counts the reload and tells those who wait for it.
func (r *reloads) end(now time.Time) ReloadResult {
	r.now.Ended = now
	switch result := r.now; {
	case result.Refused != "":
		r.Refused++
	case len(result.Problems) > 0:
		r.Partial++
	default:
		r.Done++
	}
	result := r.now
	r.Last, r.underWay = &result, false
	for _, reply := range r.current {
		reply <- result
	}
	r.current = nil
	return result
}

// abandon tells all who wait that the daemon stops.
func (r *reloads) abandon() {
	r.current = append(r.current, r.next...)
	r.next = nil
	for _, reply := range r.current {
		reply <- ReloadResult{Began: r.now.Began, Ended: time.Now(), Refused: "the daemon stops"}
	}
	r.current, r.underWay = nil, false
}

// reloaded ends the reload that is under way; refused says why nothing changed.
func (s *supervisor) reloaded(refused error) {
	if refused != nil {
		s.reloads.now.Refused = refused.Error()
	}
	result := s.reloads.end(time.Now())
	if s.Loaded != nil {
		s.Loaded(result)
	}
}
