// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeSocket is a kernel that decodes requests, does them strictly, and
// answers.
type fakeSocket struct {
	table map[Key]*Entry
	sends []int // requests in each

	answered int // messages
	answers  [][]syscall.NetlinkMessage
	closed   bool

	sendErr    error
	receiveErr error // once the answers are used up; errNoAnswer when nil
	mute       func(seq uint32) bool
	interrupt  int // listings that are interrupted
}

func (f *fakeSocket) Close() error {
	f.closed = true
	return nil
}

func (f *fakeSocket) Send(b []byte) error {
	if f.sendErr != nil {
		return f.sendErr
	}
	var msgs []syscall.NetlinkMessage
	n := 0
	for ; len(b) >= headerLen; n++ {
		size := binary.NativeEndian.Uint32(b)
		seq := binary.NativeEndian.Uint32(b[8:])
		if b[16] == cmdGetService {
			msgs = append(msgs, f.listServices(seq)...)
		} else if b[16] == cmdGetDest {
			msgs = append(msgs, f.list(seq, keyFrom(b[headerLen:size]))...)
		} else if f.mute == nil || !f.mute(seq) {
			errno := f.do(opFrom(b[16], b[headerLen:size]))
			if errno != 0 || binary.NativeEndian.Uint16(b[6:])&syscall.NLM_F_ACK != 0 {
				msgs = append(msgs, ack(seq, errno))
			}
		}
		b = b[size:]
	}
	f.sends = append(f.sends, n)
	f.answered += len(msgs)
	for _, m := range msgs { // each comes by itself
		f.answers = append(f.answers, []syscall.NetlinkMessage{m})
	}
	return nil
}

func (f *fakeSocket) Receive() ([]syscall.NetlinkMessage, error) {
	if len(f.answers) == 0 {
		return nil, errors.Join(f.receiveErr, errNoAnswer)
	}
	first := f.answers[0]
	f.answers = f.answers[1:]
	return first, nil
}

func ack(seq uint32, errno syscall.Errno) syscall.NetlinkMessage {
	m := syscall.NetlinkMessage{Data: binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))}
	m.Header.Type, m.Header.Seq = syscall.NLMSG_ERROR, seq
	return m
}

func (f *fakeSocket) list(seq uint32, k Key) []syscall.NetlinkMessage {
	var msgs []syscall.NetlinkMessage
	done := ack(seq, 0)
	done.Header.Type = syscall.NLMSG_DONE
	if e := f.table[k]; e != nil {
		for _, d := range e.Dests {
			m := syscall.NetlinkMessage{Data: listing(d)}
			m.Header.Type, m.Header.Seq = 33, seq
			msgs = append(msgs, m)
		}
	}
	if f.interrupt > 0 {
		f.interrupt--
		done.Header.Flags = dumpInterrupted
	}
	return append(msgs, done)
}

func (f *fakeSocket) listServices(seq uint32) []syscall.NetlinkMessage {
	var msgs []syscall.NetlinkMessage
	for _, e := range f.table {
		m := syscall.NetlinkMessage{Data: serviceListing(e.Service)}
		m.Header.Type, m.Header.Seq = 33, seq
		msgs = append(msgs, m)
	}
	done := ack(seq, 0)
	done.Header.Type = syscall.NLMSG_DONE
	if f.interrupt > 0 {
		f.interrupt--
		done.Header.Flags = dumpInterrupted
	}
	return append(msgs, done)
}

// prepare changes the table before a test.
func (f *fakeSocket) prepare(ops ...Op) {
	for _, o := range ops {
		_ = f.do(o) // what does not fit shows in the test
	}
}

// do changes the table as the kernel does.
func (f *fakeSocket) do(o Op) syscall.Errno {
	e := f.table[o.Service.Key]
	switch {
	case o.Verb == AddService && e != nil:
		return syscall.EEXIST
	case o.Verb == AddService:
		f.table[o.Service.Key] = &Entry{Service: *o.Service}
		return 0
	case e == nil:
		return syscall.ESRCH
	case o.Verb == EditService:
		e.Service = *o.Service
		return 0
	case o.Verb == DelService:
		delete(f.table, o.Service.Key)
		return 0
	}
	at := slices.IndexFunc(e.Dests, func(d Dest) bool { return d.Server() == o.Dest.Server() })
	switch {
	case o.Verb == AddDest && at >= 0:
		return syscall.EEXIST
	case o.Verb == AddDest:
		e.Dests = append(e.Dests, *o.Dest)
	case at < 0:
		return syscall.ENOENT
	case o.Verb == EditDest:
		e.Dests[at] = *o.Dest
	default:
		e.Dests = slices.Delete(e.Dests, at, at+1)
	}
	return 0
}

// all gives a copy of the table.
func (f *fakeSocket) all() Table {
	var t Table
	for _, e := range f.table {
		t = append(t, Entry{Service: e.Service, Dests: slices.Clone(e.Dests)})
	}
	return t
}

// opFrom decodes a request.
func opFrom(cmd uint8, b []byte) Op {
	o := Op{Verb: Verb(slices.Index(commands[:], cmd))}
	for typ, value := range attributes(b) {
		if typ == attrDest {
			d, _ := destFrom(value)
			o.Dest = &d
		} else {
			s, _ := serviceFrom(value)
			o.Service = &s
		}
	}
	return o
}

func keyFrom(b []byte) Key { return opFrom(cmdNewService, b).Service.Key }

// services are n additions, of which each third is refused.
func services(kernel *fakeSocket, n int) ([]Op, []error) {
	ops, want := make([]Op, n), make([]error, n)
	for i := range ops {
		ops[i] = Op{Verb: AddService, Service: new(service(fmt.Sprintf("10.9.%d.%d:80", i/250, i%250)))}
		if i%3 == 0 {
			kernel.prepare(ops[i])
			want[i] = syscall.EEXIST
		}
	}
	return ops, want
}

func texts(errs []error) []string {
	var s []string
	for _, err := range errs {
		s = append(s, fmt.Sprint(err))
	}
	return s
}

func TestApplyInChunks(t *testing.T) {
	t.Parallel()
	kernel := &fakeSocket{table: map[Key]*Entry{}}
	ops, want := services(kernel, 2*chunk+50)
	c := &conn{socket: kernel}
	if diff := cmp.Diff(texts(want), texts(c.apply(ops))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{chunk, chunk, 50}, kernel.sends); diff != "" {
		t.Errorf("requests a send (-want +got):\n%s", diff)
	}
	const refused = 84 // the last one of the first and of the third chunk among them
	if kernel.answered != refused+1 {
		t.Errorf("%d answers, want the refused and the last of the second chunk", kernel.answered)
	}
}

func TestApplyNothing(t *testing.T) {
	t.Parallel()
	kernel := &fakeSocket{sendErr: errors.New("must not send")}
	if errs := (&conn{socket: kernel}).apply(nil); len(errs) != 0 {
		t.Errorf("errors: %v", errs)
	}
}

// Without the last answer nobody knows of the others: what was refused counts, the rest is
// an error.
func TestApplyLostAnswers(t *testing.T) {
	t.Parallel()
	overrun := errors.New("no buffer space")
	for name, receiveErr := range map[string]error{"silence": nil, "overrun": overrun} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kernel := &fakeSocket{table: map[Key]*Entry{}, mute: func(seq uint32) bool { return seq == 6 }, receiveErr: receiveErr}
			ops, want := services(kernel, 6)
			errs := (&conn{socket: kernel}).apply(ops) // sequences 1 to 6
			for i, err := range errs {
				lost := i%3 != 0
				switch {
				case lost && !errors.Is(err, errNoAnswer), lost && receiveErr != nil && !errors.Is(err, receiveErr):
					t.Errorf("op %d has no answer, but error %v", i, err)
				case !lost && !errors.Is(err, want[i]):
					t.Errorf("op %d: %v, want %v", i, err, want[i])
				}
			}
		})
	}
}

func TestApplySendFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	ops, _ := services(&fakeSocket{table: map[Key]*Entry{}}, 3)
	for i, err := range (&conn{socket: &fakeSocket{sendErr: broken}}).apply(ops) {
		if !errors.Is(err, broken) {
			t.Errorf("op %d: %v", i, err)
		}
	}
}

func TestApplyIgnoresLateAnswers(t *testing.T) {
	t.Parallel()
	kernel := &fakeSocket{table: map[Key]*Entry{}}
	kernel.answers = [][]syscall.NetlinkMessage{{ack(7, syscall.EPERM), ack(99, syscall.EPERM)}}
	c := &conn{socket: kernel, seq: 9}
	ops, want := services(kernel, 4)
	if diff := cmp.Diff(texts(want), texts(c.apply(ops))); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestApplyShortAnswer(t *testing.T) {
	t.Parallel()
	kernel := &fakeSocket{table: map[Key]*Entry{}, mute: func(uint32) bool { return true }}
	short := ack(1, 0)
	short.Data = short.Data[:3]
	kernel.answers = [][]syscall.NetlinkMessage{{short}}
	ops, _ := services(kernel, 1)
	if err := (&conn{socket: kernel}).apply(ops)[0]; err == nil || err.Error() != "acknowledgement too short" {
		t.Errorf("error: %v", err)
	}
}

func TestDests(t *testing.T) {
	t.Parallel()
	want := entry("10.9.0.1:80", dest("127.0.0.11:80", 70000), dest("127.0.0.12:80", 0))
	room := make([]Dest, 5, 10)
	listed := func(interrupts int) ([]Dest, error) {
		kernel := &fakeSocket{table: map[Key]*Entry{want.Service.Key: &want}, interrupt: interrupts}
		return (&conn{socket: kernel}).dests(want.Service.Key, room)
	}
	for _, interrupts := range []int{0, 1, dumpTries - 1} {
		got, err := listed(interrupts)
		if err != nil {
			t.Errorf("%d interruptions: %v", interrupts, err)
		}
		if diff := cmp.Diff(want.Dests, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%d interruptions (-want +got):\n%s", interrupts, diff)
		}
		if err == nil && &got[0] != &room[0] {
			t.Errorf("%d interruptions: the room was not used", interrupts)
		}
	}
	if _, err := listed(dumpTries); !errors.Is(err, errInterrupted) {
		t.Errorf("interrupted every time: %v", err)
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	one := entry("10.9.0.1:80")
	kernel := &fakeSocket{table: map[Key]*Entry{one.Service.Key: &one}, interrupt: 1}
	got, err := (&conn{socket: kernel}).services()
	if err != nil || len(got) != 1 || got[0] != one.Service {
		t.Errorf("services %+v, %v, want %+v once", got, err, one.Service)
	}
	kernel.interrupt = dumpTries
	if _, err := (&conn{socket: kernel}).services(); !errors.Is(err, errInterrupted) {
		t.Errorf("interrupted every time: %v", err)
	}
}

func TestDestsErrors(t *testing.T) {
	t.Parallel()
	done := ack(1, syscall.ENOMEM)
	done.Header.Type = syscall.NLMSG_DONE
	odd := syscall.NetlinkMessage{Data: []byte{1, 2, 3, 4}}
	odd.Header.Seq = 1
	tests := map[string]struct {
		answer syscall.NetlinkMessage
		want   string
	}{
		"refused":      {ack(1, syscall.EPERM), "operation not permitted"},
		"error at end": {done, "cannot allocate memory"},
		"not readable": {odd, "entry without an address"},
		"another's":    {ack(5, 0), "no answer from the kernel"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kernel := &fakeSocket{answers: [][]syscall.NetlinkMessage{{tt.answer}}}
			kernel.table = map[Key]*Entry{}
			c := &conn{socket: muted{kernel}}
			if _, err := c.dests(tcp("10.9.0.1:80"), nil); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// muted takes requests and answers nothing of its own.
type muted struct{ *fakeSocket }

func (muted) Send([]byte) error { return nil }
