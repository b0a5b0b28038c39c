"""What staff is told, by code; the values that fill a sentence stand in its row. Plain Python."""

from config.kernel.text import N_

SENTENCES: dict[str, str] = {
    "erased": N_("Erased"),
    # Messages that did not leave, or nobody knows.
    "not_sent": N_("A message could not be sent (%(recipient)s)"),
    "not_delivered": N_("A message could not be delivered (%(recipient)s)"),
    "arrival_unknown": N_("Nobody can tell whether a message arrived (%(recipient)s)"),
    "refused_opted_out": N_("A message was refused because its recipient opted out (%(recipient)s)"),
    "sent_twice": N_("A message was sent again although its first try had arrived after all (%(recipient)s)"),
    "set_aside": N_("A message was set aside because it cannot be prepared (%(recipient)s)"),
    "message_too_late": N_("A message was skipped because it was too late (%(recipient)s)"),
    "nobody_to_write_to": N_("Reminder not sent: nobody to write to (%(recipient)s)"),
    "reminders_too_late": N_("Reminders were skipped because it was too late"),
    "reminders_no_template": N_("Reminders were not sent: the alarm has no template"),
    "reminders_no_gateway": N_("Reminders were not sent: the calendar setting has no active gateway"),
    "reminders_no_driver": N_("Reminders were not sent: the gateway cannot be used yet"),
    # What came in.
    "opted_out": N_("%(sender)s replied “%(text)s” and gets no more texts; perhaps the visit was meant"),
    "unknown_sender": N_("%(sender)s wrote “%(text)s”, and no visit waits for an answer from there"),
    "replied": N_("%(sender)s replied “%(text)s”"),
    "unprocessed": N_("A message that came in could not be processed"),
    "unreadable": N_("“%(gateway)s” brought something that could not be read"),
    "yes_after_cancelled": N_("“yes” came after “%(title)s” was cancelled"),
    "yes_after_moved": N_("“yes” came after “%(title)s” has moved or begun"),
    "no_after_cancelled": N_("“no” came after “%(title)s” was cancelled"),
    "no_after_moved": N_("“no” came after “%(title)s” has moved or begun"),
    # Visits that changed when their message had left.
    "cancelled_too_late": N_("“%(title)s” was cancelled after its message had left"),
    "patient_cancelled_too_late": N_("The patient cancelled “%(title)s” after its message had left"),
    "deleted_too_late": N_("“%(title)s” was deleted after its message had left"),
    "moved_too_late": N_("“%(title)s” was moved after its message had left"),
    "paused_too_late": N_("“%(title)s” was paused after its message had left"),
    "changed_too_late": N_("“%(title)s” changed after its message had left"),
    "skipped_too_late": N_("“%(title)s” on %(day)s is skipped (“%(closure)s”), but its reminder has left"),
    "visits_while_closed": N_(
        "On %(day)s it is closed (“%(closure)s”), but visits stand there: look whether they take place"
    ),
    "restored_slot_taken": N_(
        "“%(title)s” on %(day)s takes place after all, but something else stands in the calendar at that time"
    ),
    "visit_in_taken_time": N_(
        "%(title)s, %(day)s at %(time)s: %(taken)s is booked then already; move one of the two visits"
    ),
    "series_stopped": N_("The series “%(title)s” cannot be continued: %(why)s"),
}
