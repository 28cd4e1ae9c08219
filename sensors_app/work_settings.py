"""The settings of how work goes: how much at once, how long, and when it is taken for lost."""

from pydantic import Field
from pydantic_settings import BaseSettings


class WorkSettings(BaseSettings):
    """Those settings; the class that adds the others is the one that is read."""

    max_requests_per_tick: int = Field(
        default=100_000,
        ge=1,
        description="A tick that requests more runs is held until somebody says yes or no, unless "
        "its sensor says otherwise (max_requests_per_tick). A call for events that does becomes a "
        "dead letter.",
    )
    unusual_requests_factor: float = Field(
        default=20,
        ge=0,
        description="So is one that requests more than so many times what is usual for its sensor: "
        "the most of its ticks, of which half is forgotten each week. 0: none is.",
    )
    unusual_requests_floor: int = Field(
        default=1000, ge=1, description="Up to so many requests it does not matter what is usual."
    )
    run_heartbeat_seconds: float = Field(
        default=5,
        gt=0,
        description="How often a worker says that its runs are alive; "
        "a run fails after three times as long without a word.",
    )
    cancel_grace_seconds: float = Field(
        default=15,
        gt=0,
        description="How long a run that is canceled, or past its maximum runtime, may take to "
        "clean up before its process is killed.",
    )
    worker_heartbeat_seconds: float = Field(
        default=3,
        gt=0,
        description="How often a worker says that it is alive; it is taken for dead after five "
        "times as long without a word.",
    )
    claim_resend_seconds: float = Field(
        default=10, gt=0, description="After how long a claim that nobody has begun is sent again."
    )
    failure_backoff_after: int = Field(
        default=10,
        ge=1,
        description="How many ticks of a sensor may fail in a row before each further failure "
        "doubles the pause before the next.",
    )
    failure_backoff_max_seconds: float = Field(
        default=300,
        ge=0,
        description="Up to how long that pause grows, if the sensor's interval is not longer; 0: "
        "it does not grow.",
    )
    quick_seconds: float = Field(
        default=0.02,
        ge=0,
        description="A sensor whose evaluations take less is quick and shares messages with others "
        "like it; 0: none is. The others go one to a message, to workers of the role slow if there "
        "are any.",
    )
    batch_max_claims: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="How many quick sensors, runs of quick jobs, or calls for events may share a "
        "message.",
    )
    batch_quantum_seconds: float = Field(
        default=0.2,
        gt=0,
        description="How long the evaluations, runs or calls of one message may take before those "
        "that have not begun are given to somebody else.",
    )
    claim_window: int = Field(
        default=16,
        ge=1,
        description="How many messages may wait for each process that evaluates sensors which are "
        "not quick; the others stay due in the store.",
    )
    launch_window: int = Field(
        default=1000, ge=1, description="How many runs of a location may wait in the broker."
    )
    launch_resend_seconds: float = Field(
        default=5,
        gt=0,
        description="After how long a launch that nobody took up is sent again, if its queue is "
        "empty; after a hundred times as long in any case.",
    )
    reaction_window: int = Field(
        default=1000,
        ge=1,
        description="How many calls for events may wait in a location before listeners leave "
        "further events in their streams.",
    )
    reaction_loop_max: int = Field(
        default=10,
        ge=1,
        description="How often a sensor may be called on the way to a run for which it requests "
        "another; the next request is held as a dead letter.",
    )
    hard_limit_margin_seconds: float = Field(
        default=15,
        gt=0,
        description="How long after its time limit a sensor's process is killed.",
    )
    beat_interval_seconds: float = Field(
        default=0.1, gt=0, le=5, description="The longest time that beat sleeps between two looks."
    )
    task_events: bool = Field(
        default=False, description="Whether Celery sends the events that Flower shows (costly)."
    )
