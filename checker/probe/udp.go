// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"fmt"

	"vipward/conf"
)

// strays is how many datagrams that are no answer a check looks at: a server that
// sends without end is not listened to without end.
const strays = 256

var errStrays = errors.New("too many datagrams that are no answer")

// checkText is what checks without a text of their own send, over and over.
const checkText = "keepalived check - "

// filler is the start of the repeated checkText.
func filler(length int) []byte {
	b := make([]byte, length)
	for i := range b {
		b[i] = checkText[i%len(checkText)]
	}
	return b
}

// udpPayload is the length of the datagram of UDP_CHECK.
const udpPayload = 32

// udp is UDP_CHECK: a datagram is sent. An answer is good, and so is silence, unless
// an answer is required.
type udp struct{ *conf.Checker }

// Run implements Probe.
func (c udp) Run(ctx context.Context) Result {
	conn, err := dialOver(ctx, c.Checker, "udp")
	if err != nil {
		return judge(err)
	}
	defer conn.Close()
	payload := c.UDP.Payload
	if payload == nil {
		payload = filler(udpPayload)
	}
	// One byte more than may come tells that too much came.
	reply, err := ask(ctx, conn, c.Checker, payload, make([]byte, c.UDP.MaxLength+1), func([]byte) bool { return true })
	if err != nil {
		if r := judge(err); r.Outcome != Failed || !isTimeout(err) || c.UDP.RequireReply {
			return r
		}
		return Result{Outcome: Passed}
	}
	if err := matches(c.UDP, reply); err != nil {
		return Result{Outcome: Failed, Cause: err}
	}
	return Result{Outcome: Passed}
}

// matches says what is wrong with an answer. Without a pattern any will do, and what
// goes beyond the pattern, or is missing of it, does not matter.
func matches(c *conf.UDPCheck, reply []byte) error {
	if c.Reply == nil {
		return nil
	}
	if n := len(reply); n < c.MinLength || n > c.MaxLength {
		return fmt.Errorf("the answer has %d bytes or more, not %d to %d", n, c.MinLength, c.MaxLength)
	}
	for i := range min(len(reply), len(c.Reply)) {
		if (reply[i]^c.Reply[i])&c.Mask[i] != 0 {
			return fmt.Errorf("byte %d of the answer is another one", i)
		}
	}
	return nil
}
