// SPDX-License-Identifier: Apache-2.0

package packet

import "net/netip"

// Memory is what the successor of a killed process must know, so that the other routers do
// not take its adverts for replayed ones, nor it replayed ones for new.
type Memory struct {
	AH     uint32       `json:"ah,omitempty"`     // last sequence number sent or heard
	Signed uint64       `json:"signed,omitempty"` // last sequence of a signature of ours
	Marks  []Mark       `json:"marks,omitempty"`  // signatures heard
	OldSum []netip.Addr `json:"old_sum,omitempty"`
}

// Mark is the last signature heard of one sender.
type Mark struct {
	From netip.Addr `json:"from"`
	Last uint64     `json:"last"`
}

// memoryGap is how many adverts may pass between two savings. A successor begins that much
// further on.
const memoryGap = 256

// Memory returns what is to be saved.
func (w *Wire) Memory() Memory {
	m := Memory{AH: w.ah.sequence, Signed: uint64(w.signer.last), OldSum: w.oldSum}
	for _, k := range w.signer.marks.list {
		m.Marks = append(m.Marks, Mark{k.from, uint64(k.last)})
	}
	w.ah.moved, w.signer.moved = 0, 0
	return m
}

// Outdated says whether so much has happened since Memory that it must be saved again.
func (w *Wire) Outdated() bool { return w.ah.moved+w.signer.moved >= memoryGap }

// Restore takes over from a predecessor.
func (w *Wire) Restore(m Memory) {
	if m.AH != 0 {
		w.ah.sequence, w.ah.resume = m.AH, max(m.AH+memoryGap, 1)
	}
	if m.Signed != 0 {
		w.signer.last = sequence(m.Signed + memoryGap)
	}
	for _, k := range m.Marks {
		w.signer.marks.list = append(w.signer.marks.list, mark{k.From, sequence(k.Last)})
	}
	w.oldSum = append(w.oldSum, m.OldSum...)
}
