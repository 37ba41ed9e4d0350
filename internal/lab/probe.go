// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// Echo answers UDP datagrams to the port on every address of the host, from the address
// they were sent to, so that a VIP answers as itself.
func (h *Host) Echo(port int) {
	h.t.Helper()
	var conn *ipv4.PacketConn
	err := h.Do(func() error {
		c, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		conn = ipv4.NewPacketConn(c)
		return conn.SetControlMessage(ipv4.FlagDst, true)
	})
	h.must("open echo port", err)
	spawn(h.t, "echo server of "+h.Name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		return echo(conn)
	})
}

// echo answers until the socket is closed. What cannot be answered is the prober's loss.
func echo(conn *ipv4.PacketConn) error {
	buf := make([]byte, 64)
	for {
		n, cm, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		_, _ = conn.WriteTo(buf[:n], &ipv4.ControlMessage{Src: cm.Dst}, from)
	}
}

// Probe sends a numbered UDP datagram at a fixed interval and notes which are answered.
type Probe struct {
	t    TB
	stop func()

	mu   sync.Mutex // guards what follows
	sent []time.Time
	rtt  map[uint32]time.Duration
}

// Probe starts probing an Echo ("10.0.0.100:7007") until Stop.
func (h *Host) Probe(target string, interval time.Duration) *Probe {
	h.t.Helper()
	var conn net.Conn
	err := h.Do(func() (err error) {
		conn, err = net.Dial("udp4", target)
		return err
	})
	h.must("probe "+target, err)
	p := &Probe{t: h.t, rtt: map[uint32]time.Duration{}}
	stopSend := spawn(h.t, "send probes", func(ctx context.Context) error { return p.send(ctx, conn, interval) })
	stopRecv := spawn(h.t, "receive probes", func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		return p.receive(conn)
	})
	p.stop = func() { stopSend(); stopRecv() }
	return p
}

// send sends until ctx ends. A refused or unreachable target is a loss like any other.
func (p *Probe) send(ctx context.Context, conn net.Conn, interval time.Duration) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		p.mu.Lock()
		seq := uint32(len(p.sent))
		p.sent = append(p.sent, time.Now())
		p.mu.Unlock()
		_, _ = conn.Write(binary.BigEndian.AppendUint32(nil, seq))
	}
}

// receive notes answers until the socket is closed.
func (p *Probe) receive(conn net.Conn) error {
	buf := make([]byte, 64)
	for {
		n, err := conn.Read(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.EHOSTUNREACH):
			continue // an ICMP answer to an earlier probe
		case err != nil:
			return err
		case n >= 4:
			p.note(binary.BigEndian.Uint32(buf))
		}
	}
}

func (p *Probe) note(seq uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(seq) < len(p.sent) {
		p.rtt[seq] = time.Since(p.sent[seq])
	}
}

// Stop ends the probing.
func (p *Probe) Stop() { p.stop() }

// Answered is how many probes were answered so far.
func (p *Probe) Answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rtt)
}

// WaitAnswer waits until a probe that was sent from now on is answered.
func (p *Probe) WaitAnswer(limit time.Duration) {
	p.t.Helper()
	p.mu.Lock()
	from := uint32(len(p.sent))
	p.mu.Unlock()
	Wait(p.t, limit, "answer to a probe", func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		for seq := from; int(seq) < len(p.sent); seq++ {
			if _, ok := p.rtt[seq]; ok {
				return nil
			}
		}
		return errors.New("no answer")
	})
}

// Outage is the longest time between the sending of two answered probes with none
// answered between them, looking at probes sent at or after since.
func (p *Probe) Outage(since time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var last time.Time
	var longest time.Duration
	for seq, sent := range p.sent {
		if _, ok := p.rtt[uint32(seq)]; !ok || sent.Before(since) {
			continue
		}
		if !last.IsZero() {
			longest = max(longest, sent.Sub(last))
		}
		last = sent
	}
	return longest
}
